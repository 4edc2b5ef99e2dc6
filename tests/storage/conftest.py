"""Every kind of database, PostgreSQL included: a throw-away cluster that only a socket in its own folder leads to."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import orjson
import pytest

from mockserver.journal.entry import Part, RecordedEvent, Verdict
from mockserver.journal.index import Index
from mockserver.journal.log import FileLog, render
from mockserver.storage.database import Database

_schemas = count()


def _binaries() -> Path | None:
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return next((folder for folder in reversed(folders) if (folder / "initdb").exists()), None)


class Cluster:
    """A PostgreSQL server, which refuses to run as root: root becomes somebody without rights."""

    def __init__(self, binaries: Path) -> None:
        self._binaries = binaries
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self._user = ""
        if os.geteuid() == 0:
            names = {entry.pw_name for entry in pwd.getpwall()}
            self._user = "postgres" if "postgres" in names else "nobody"
            shutil.chown(self.folder, self._user)

    def start(self) -> None:
        data = str(self.folder / "data")
        self._run("initdb", "-D", data, "-U", "mock", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C")
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=off -c synchronous_commit=off"
        self._run("pg_ctl", "-D", data, "-l", str(self.folder / "server.log"), "-o", options, "-w", "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self) -> str:
        """An empty place of its own for each test."""
        import psycopg

        schema = f"s{next(_schemas)}"
        with psycopg.connect(host=str(self.folder), user="mock", dbname="postgres", autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {schema}")
        return f"postgresql://mock@/postgres?host={self.folder}&options=-csearch_path%3D{schema}"

    def _run(self, program: str, *arguments: str) -> None:
        command: Sequence[str] = (str(self._binaries / program), *arguments)
        if self._user:
            command = ("runuser", "-u", self._user, "--", *command)
        done = subprocess.run(
            command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=self.folder, timeout=60
        )
        assert done.returncode == 0, done.stderr.decode()


@pytest.fixture(scope="session")
def cluster():
    binaries = _binaries()
    if binaries is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL's server is not installed: apt-get install postgresql")
        pytest.skip("PostgreSQL's server is not installed")
    cluster = Cluster(binaries)
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture
def postgres_url(cluster):
    return cluster.url()


def _database(request, folder):
    if request.param == "postgres":
        return Database(request.getfixturevalue("cluster").url())
    return Database("sqlite://" if request.param == "memory" else f"sqlite:///{folder / 'index.db'}")


@pytest.fixture(params=["memory", "file", "postgres"])
def database(request, tmp_path):
    database = _database(request, tmp_path)
    yield database
    database.close()


@pytest.fixture(scope="module", params=["memory", "file", "postgres"])
def lasting_book(request, tmp_path_factory):
    """A book for all tests of a module, which only read in it."""
    folder = tmp_path_factory.mktemp("lasting")
    book = Book(_database(request, folder), folder / "logs")
    yield book
    book.close()
    book.database.close()


@pytest.fixture(params=["file", "postgres"])
def shared_url(request, tmp_path):
    """A database that several processes can use."""
    if request.param == "file":
        return f"sqlite:///{tmp_path / 'index.db'}"
    return request.getfixturevalue("postgres_url")


def read(entry, documents):
    """The dialect of these tests: `{"user": {kind: value}, "events": [{"name": …}], "batch": id}`, or some of them."""
    document = orjson.loads(entry.content)
    batches = document if isinstance(document, list) else [document]
    return [_part(batch, f"/{n}" if isinstance(document, list) else "") for n, batch in enumerate(batches)]


def _part(batch, path):
    if "bug" in batch:
        raise RuntimeError(batch["bug"])
    return Part(
        path=path,
        subjects=tuple(batch.get("user", {}).items()),
        dedupe=batch.get("batch", ""),
        verdict=Verdict(batch.get("verdict", "accepted")),
        findings=tuple(batch.get("findings", ())),
        events=tuple(
            RecordedEvent(
                name=event["name"],
                kind=event.get("kind", "custom_event"),
                path=f"{path}/events/{n}",
                id=event.get("id", ""),
                at=event.get("at"),
                amount=event.get("amount"),
                currency=event.get("currency"),
                dropped=event.get("dropped", ""),
                findings=tuple(event.get("findings", ())),
            )
            for n, event in enumerate(batch.get("events", ()))
        ),
        body=orjson.dumps(batch["in full"]) if "in full" in batch else b"",
    )


class Book:
    """A tenant's log, and the index over it."""

    def __init__(self, database, folder) -> None:
        self.database = database
        self.folder = folder
        self.index = Index(database, self.log, read)
        self._logs = {}
        self._clock = count(1_768_000_000_000, 1_000)

    def log(self, tenant="a"):
        return self._logs.setdefault(tenant, FileLog(self.folder / f"{tenant}.log", tenant))

    def write(self, body=b"", tenant="a", answer=b"", **head):
        now = next(self._clock)
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        first = {"entry": f"{now:022x}", "received": now, "at": head.pop("at", now)}
        usual = {"vendor": "mparticle", "operation": "events", "input": "default", "method": "POST", "status": 202}
        self.log(tenant).append(render({**first, **usual, "path": "/v2/events", **head}, content, answer))
        return first["entry"]

    def tell(self, name="trial_started", tenant="a", user=None, **event):
        """Write an entry with one event."""
        return self.write({"user": user or {"customer_id": "u-1"}, "events": [{"name": name, **event}]}, tenant)

    def note(self, operation, tenant="a", **head):
        return self.write(tenant=tenant, direction="note", operation=operation, vendor="", status=0, **head)

    def write_twice(self, step, tenants):
        """The same entry, or reset, for two tenants."""
        now = next(self._clock)
        same = {"entry": f"{now:022x}", "received": now, "at": now}
        for tenant in tenants:
            if step == "reset":
                self.note("reset", tenant, **same)
            else:
                self.write(step, tenant, **same)

    def rows(self, name, tenant="a"):
        """All rows of a table that are about a tenant, in order."""
        from sqlalchemy import select

        from mockserver.storage.tables import metadata

        self.index.catch_up(tenant)
        table = metadata.tables[name]
        chosen = select(table).where(table.c.tenant == tenant).order_by(*table.primary_key)
        with self.database.read() as connection:
            return connection.execute(chosen).all()

    def close(self):
        for log in self._logs.values():
            log.close()


@pytest.fixture
def make_book(tmp_path):
    """The same book over a database in memory, open at a tenant that nobody has written about."""
    book = Book(Database("sqlite://"), tmp_path / "logs")
    numbers = count()

    def make():
        book.close()
        book.tenant = f"t{next(numbers)}"
        return book

    yield make
    book.close()
    book.database.close()


@pytest.fixture
def book(database, tmp_path):
    book = Book(database, tmp_path / "logs")
    yield book
    book.close()
