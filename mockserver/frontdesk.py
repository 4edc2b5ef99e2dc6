"""The front desk: takes a call, finds whose it is, has it answered, and records it before the answer goes out.

It knows no framework: Flask's views and the lane (`lane.py`) both come here, so both answer and record the same.
"""

from __future__ import annotations

import logging
import re
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from difflib import get_close_matches

from mockserver.errors import StorageError
from mockserver.faults import Fault
from mockserver.journal.encoding import EncodingError, TooLargeError, decode
from mockserver.journal.entry import Finding, Severity, Verdict
from mockserver.journal.recorder import Recorder, exchange, now
from mockserver.tenants import DEFAULT, NOBODY, Tenant, Tenants
from mockserver.vendors.contract import Answer, Call, Grant, Operation, Problem, Refusal, Vendor, VendorError

logger = logging.getLogger("mockserver")


class FrontDesk:
    """Serves the operations of all vendors for all tenants.

    `notice` is told of what was kept where somebody may be waiting to pass it on.
    """

    def __init__(
        self,
        vendors: Mapping[str, Vendor],
        tenants: Tenants,
        recorder: Recorder,
        *,
        body_limit: int,
        accept_any: bool,
        notice: Callable[[Tenant, Operation, str], None],
    ) -> None:
        self.vendors = vendors
        self.bugs: deque[Exception] = deque(maxlen=100)
        self._tenants = tenants
        self._recorder = recorder
        self._limit = body_limit
        self._accept_any = accept_any
        self._notice = notice
        self._nobody = tenants.get(NOBODY)

    def serve(self, operation: Operation, call: Call) -> Answer:
        """Answer a call and record the exchange; a bug of ours is a 500 in the vendor's shape, and kept in `bugs`."""
        received = now()
        try:
            tenant, call.input = self._grant(operation, call)
        except VendorError as refusal:
            return self._record(self._nobody, operation, call, refusal.answer(), received)
        call.tenant = tenant
        with tenant.turn if operation.changes else nullcontext():
            return self._record(tenant, operation, call, self._answer(tenant, operation, call), received)

    def preflight(self, operation: Operation, call: Call) -> Answer:
        """Tell a browser what it may send; it asks without credentials, so it is answered whoever asks."""
        vendor = self.vendors[call.vendor]
        answer = Answer(204, headers=operation.cors.preflight if operation.cors else ())
        return self._record(self._owner(vendor, call), None, call, answer, now())

    def unmatched(self, call: Call, methods: tuple[str, ...] = ()) -> Answer:
        """Refuse an unknown path, or with `methods` a wrong method, and say what may have been meant."""
        received = now()
        vendor = self.vendors[call.vendor]
        if methods:
            message = f"{call.method} is not allowed here; {' or '.join(methods)} is."
            refusal = Refusal(
                problem=Problem.METHOD_NOT_ALLOWED,
                status=405,
                message=message,
                headers=(("allow", ", ".join(methods)),),
                path=call.path,
            )
        else:
            message = f"There is nothing at {call.path}.{self._hint(call.vendor, call.path)}"
            refusal = Refusal(problem=Problem.UNKNOWN_PATH, status=404, message=message, path=call.path)
        finding = Finding("", refusal.problem.value.replace("_", "-"), message, Severity.ERROR)
        answer = vendor.refuse(refusal)._replace(verdict=Verdict.UNMATCHED, findings=(finding,))
        return self._record(self._owner(vendor, call), None, call, answer, received)

    def stray(self, call: Call) -> str:
        """Record a request to no vendor at all and return the sentence that says so."""
        hints = [f"/{name}{call.path}" for name in self.vendors if self._knows(name, call.path)]
        hint = (
            f" Did you mean {hints[0]}?" if hints else f" Vendors are at {', '.join(f'/{n}/' for n in self.vendors)}."
        )
        message = f"There is nothing at {call.path}.{hint}"
        answer = Answer(
            404, verdict=Verdict.UNMATCHED, findings=(Finding("", "unknown-path", message, Severity.ERROR),)
        )
        self._record(self._nobody, None, call, answer, now())
        return message

    def too_large(self, operation: Operation, call: Call) -> Answer:
        """Refuse a body over the limit that was not even read."""
        vendor = self.vendors[call.vendor]
        message = f"The body has more than {self.limit_of(operation)} bytes."
        refusal = _refusal(operation, call, Problem.TOO_LARGE, 413, message)
        return self._record(self._owner(vendor, call), operation, call, vendor.refuse(refusal), now())

    @property
    def body_limit(self) -> int:
        """How many bytes of a body are read at most."""
        return self._limit

    def limit_of(self, operation: Operation) -> int:
        """How many bytes of an operation's body are read at most: some have a limit of their own."""
        return operation.body_limit or self._limit

    def _grant(self, operation: Operation, call: Call) -> Grant:
        try:
            return operation.authenticate(call, self._tenants)
        except VendorError:
            if not self._accept_any:
                raise
            return Grant(self._tenants.get(DEFAULT), "default")

    def _answer(self, tenant: Tenant, operation: Operation, call: Call) -> Answer:
        fault = tenant.faults.next(call.vendor, operation.name)
        if fault is None:
            return self._handled(operation, call)
        if fault.delay:
            time.sleep(fault.delay)
        if fault.status is None:
            return self._handled(operation, call)
        lost = self._handled(operation, call) if fault.after else None
        return self._failed(operation, call, fault, lost)

    def _handled(self, operation: Operation, call: Call) -> Answer:
        try:
            encoding = call.headers.get("content-encoding", "")
            limit = self.limit_of(operation)
            call.content = decode(call.body, encoding, limit) if encoding or len(call.body) > limit else call.body
            return operation.handle(call)
        except VendorError as refusal:
            return refusal.answer()
        except TooLargeError as error:
            return self._refused(operation, call, Problem.TOO_LARGE, 413, str(error))
        except EncodingError as error:
            return self._refused(operation, call, Problem.BAD_ENCODING, 400, str(error))
        except Exception as bug:
            logger.exception("A bug of ours while answering %s %s", call.method, call.path)
            self.bugs.append(bug)
            return self._refused(operation, call, Problem.INTERNAL, 500, "The mock has failed; its log says why.")

    def _refused(self, operation: Operation, call: Call, problem: Problem, status: int, message: str) -> Answer:
        return self.vendors[call.vendor].refuse(_refusal(operation, call, problem, status, message))

    def _failed(self, operation: Operation, call: Call, fault: Fault, lost: Answer | None) -> Answer:
        status = fault.status or 500
        message = f"Answered {status} as ordered" + (", the answer was lost after acceptance." if lost else ".")
        refusal = _refusal(operation, call, Problem.FAULT, status, message, retry_after=fault.retry_after)
        finding = Finding("", "fault", message, Severity.INFO)
        answer = self.vendors[call.vendor].refuse(refusal)
        if lost is None:
            return answer._replace(verdict=Verdict.REJECTED, findings=(finding,))
        return answer._replace(verdict=_verdict(lost), findings=(*lost.findings, finding), details=lost.details)

    def _record(self, tenant: Tenant, operation: Operation | None, call: Call, answer: Answer, received: int) -> Answer:
        """Keep an exchange; `operation` is None when none was called."""
        answer = self._let_browsers_read(operation, call, answer)
        body, said = call.body, answer.body
        if operation is not None and operation.veil is not None:
            body, said = operation.veil(body), operation.veil(said)
        head = exchange(
            vendor=call.vendor,
            operation="" if operation is None else operation.name,
            input_name=call.input,
            method=call.method,
            path=call.path,
            query=call.query,
            headers=call.headers,
            status=answer.status,
            answer_headers=answer.headers,
            verdict=_verdict(answer),
            findings=answer.findings,
            details=answer.details,
        )
        try:
            self._recorder.write(tenant, head, body, said, received)
        except StorageError as error:
            logger.error("%s", error)
            refused = Refusal(problem=Problem.INTERNAL, status=500, message="The mock cannot write its log.")
            return self.vendors[call.vendor].refuse(refused) if call.vendor else answer
        if operation is not None and (tenant.targets or operation.calls_back):
            self._notice(tenant, operation, call.vendor)
        return answer

    def _let_browsers_read(self, operation: Operation | None, call: Call, answer: Answer) -> Answer:
        """The answer, with what lets a browser's script read it where the vendor does."""
        vendor = self.vendors.get(call.vendor)
        cors = operation.cors if operation is not None else vendor.cors if vendor else None
        if cors is None or call.method == "OPTIONS":
            return answer
        return answer._replace(headers=(*answer.headers, *cors.answer))

    def _owner(self, vendor: Vendor, call: Call) -> Tenant:
        """Whose an unmatched call is: its credentials are tried in every way that the vendor knows."""
        for authenticate in dict.fromkeys(operation.authenticate for operation in vendor.operations):
            try:
                grant = authenticate(call, self._tenants)
            except VendorError:
                continue
            call.input = grant.input
            owner: Tenant = grant.tenant
            return owner
        return self._tenants.get(DEFAULT) if self._accept_any else self._nobody

    def _hint(self, vendor: str, path: str) -> str:
        rules = (rule for operation in self.vendors[vendor].operations for rule in operation.paths)
        known = [re.sub("<[^<>]*:", "<", rule) for rule in rules]  # what a variable must be like is Werkzeug's business
        near = get_close_matches(path, known, n=1, cutoff=0.5)
        return f" Did you mean /{vendor}{near[0]}?" if near else ""

    def _knows(self, vendor: str, path: str) -> bool:
        return any(path in operation.paths for operation in self.vendors[vendor].operations)


def _refusal(
    operation: Operation, call: Call, problem: Problem, status: int, message: str, *, retry_after: int | None = None
) -> Refusal:
    return Refusal(
        problem=problem,
        status=status,
        message=message,
        retry_after=retry_after,
        operation=operation.name,
        path=call.path,
    )


def _verdict(answer: Answer) -> Verdict:
    if answer.verdict is not None:
        return answer.verdict
    return Verdict.ACCEPTED if answer.status < 400 else Verdict.REJECTED
