"""The log keeps whole entries, passes over torn ones, and is shared by processes."""

import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.errors import StorageError
from mockserver.journal.entry import Direction, Finding, Severity, Verdict
from mockserver.journal.log import EntryIds, FileLog, render


@pytest.fixture
def log(tmp_path):
    log = FileLog(tmp_path / "log" / "a.log", "a")
    yield log
    log.close()


def record(id_="1", body=b"", answer=b"", **head):
    return render({"entry": id_, "received": 5, "at": 6, **head}, body, answer)


def ids(log, start=0):
    return [entry.id for _, _, entry in log.read(start)]


def test_entry_comes_back_whole(log):
    findings = [Finding("/events/0", "name-too-long", "…", Severity.INFO)]
    log.append(record(vendor="v", status=202, verdict="rejected", findings=findings, body=b"\0\n{", answer=b"ok"))
    ((_, _, entry),) = log.read(0)
    assert (entry.tenant, entry.vendor, entry.body, entry.answer) == ("a", "v", b"\0\n{", b"ok")
    assert entry.findings == tuple(findings)
    assert (entry.verdict, entry.direction, entry.received, entry.at) == (Verdict.REJECTED, Direction.IN, 5, 6)


def test_empty_log_has_no_file(log, tmp_path):
    assert (log.end(), ids(log)) == (0, [])
    assert not (tmp_path / "log").exists()


def test_reading_goes_on_from_a_position(log):
    log.append(record("1"))
    middle = log.end()
    log.append(record("2"))
    assert ids(log, middle) == ["2"]
    assert log.read(middle).__next__()[:2] == (middle, log.end())


@pytest.mark.parametrize("torn", [b'{"entry":"torn","si', b'{"entry":"torn","size":[100,0]}\nabc', b"\0\xff", b"{}\n"])
def test_torn_record_is_passed_over(log, tmp_path, torn):
    log.append(record("1"))
    with (tmp_path / "log" / "a.log").open("ab") as file:
        file.write(torn)
    assert ids(log) == ["1"]
    log.append(record("2", body=b"x" * 200))
    assert ids(log) == ["1", "2"]


@given(bodies=st.lists(st.binary(max_size=300), max_size=20), cut=st.integers(0, 200))
@settings(max_examples=60, deadline=None)
def test_whatever_was_written_comes_back(tmp_path_factory, bodies, cut):
    """Any bodies, also ones that look like records; a tail cut anywhere hides only the last."""
    path = tmp_path_factory.mktemp("log") / "a.log"
    log = FileLog(path, "a")
    for number, body in enumerate(bodies):
        log.append(record(str(number), body=body + b'\n{"entry":"x","size":[0,0]}\n'))
    whole = [entry.body[: -len(b'\n{"entry":"x","size":[0,0]}\n')] for _, _, entry in log.read(0)]
    assert whole == bodies
    if bodies:
        last = len(record(str(len(bodies) - 1), body=bodies[-1] + b'\n{"entry":"x","size":[0,0]}\n'))
        os.truncate(path, log.end() - min(cut + 1, last))
        assert ids(log)[: len(bodies) - 1] == [str(number) for number in range(len(bodies) - 1)]
    log.close()


def test_large_records_are_read(log):
    body = os.urandom(9 * 1024 * 1024)
    log.append(record("1", body=b"small"))
    log.append(record("2", body=body))
    log.append(record("3"))
    assert [entry.body for _, _, entry in log.read(0)] == [b"small", body, b""]


def test_processes_append_side_by_side(log, tmp_path):
    script = (
        "import sys; from pathlib import Path; from mockserver.journal.log import FileLog, render\n"
        "log = FileLog(Path(sys.argv[1]), 'a')\n"
        "for n in range(500): log.append(render({'entry': f'{sys.argv[2]}-{n}'}, b'b' * (n * 7), b''))"
    )
    path = str(tmp_path / "log" / "a.log")
    writers = [subprocess.Popen([sys.executable, "-c", script, path, name]) for name in "xyz"]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert sorted(ids(log)) == sorted(f"{name}-{n}" for name in "xyz" for n in range(500))


def test_full_disk_is_said(tmp_path):
    (tmp_path / "a.log").mkdir()
    with pytest.raises(StorageError, match=r"a\.log cannot be written"):
        FileLog(tmp_path / "a.log", "a").append(record())


def test_ids_sort_by_time():
    maker = EntryIds()
    made = [maker.next(1000 + n // 3) for n in range(30)]
    assert made == sorted(made)
    assert len(set(made)) == 30
    assert EntryIds().next(1000)[-6:] != made[0][-6:]
