"""Transactions of a database, whichever it is."""

import logging
from threading import Thread

import pytest
from sqlalchemy import insert, select, text

from mockserver.errors import StorageError
from mockserver.storage.database import Database
from mockserver.storage.tables import documents

ROW = {"tenant": "a", "vendor": "v", "kind": "k", "id": "1", "seq": 1, "value": "{}"}


def ids(database):
    with database.read() as connection:
        return connection.scalars(select(documents.c.id).order_by(documents.c.id)).all()


def put(database, id_="1"):
    with database.write() as connection:
        connection.execute(insert(documents).values({**ROW, "id": id_}))


def test_writing_is_seen(database):
    put(database)
    assert ids(database) == ["1"]


def test_writing_is_undone_on_error(database):
    with pytest.raises(StorageError), database.write() as connection:
        connection.execute(insert(documents), [{**ROW, "id": "1"}, {**ROW, "id": None}])
    assert ids(database) == []


def test_reader_may_ask_again_meanwhile(database):
    put(database)
    with database.read() as connection:
        assert ids(database) == connection.scalars(select(documents.c.id)).all()


def test_writer_may_read_meanwhile(database):
    with database.write():
        assert ids(database) == []


def test_threads_write_in_turn(database):
    threads = [Thread(target=put, args=(database, str(number))) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ids(database) == [str(number) for number in range(8)]


def test_database_error_is_one_sentence(database):
    put(database)
    with pytest.raises(StorageError, match=r"The database .* failed: "):
        put(database)


def test_values_find_among_many(database):
    for number in range(5):
        put(database, str(number))
    with database.read() as connection:
        chosen = select(documents.c.id).where(database.backend.among(documents.c.id, ["1", "3", "x", 'quo"te']))
        assert sorted(connection.scalars(chosen)) == ["1", "3"]


def test_upsert_replaces_or_leaves(database):
    put(database)
    with database.write() as connection:
        connection.execute(database.backend.upsert(documents, ("value",)).values({**ROW, "value": '{"b":1}'}))
        connection.execute(database.backend.upsert(documents, ()).values({**ROW, "value": "lost"}))
        assert connection.scalar(select(documents.c.value)) == '{"b":1}'


def test_index_that_breaks_is_dropped(tmp_path, caplog):
    """The one who asks is told, the next finds a fresh one."""
    path = tmp_path / "index.db"
    database = Database(f"sqlite:///{path}")
    for number in range(50):
        put(database, f"{number}" * 300)
    database.close()
    content = bytearray(path.read_bytes())
    content[-32_768:] = b"\x55" * 32_768  # the documents lie at the end, what describes the tables at the beginning
    path.write_bytes(content)
    with caplog.at_level(logging.WARNING), pytest.raises(StorageError, match="has been dropped; ask again"):
        ids(database)
    assert ids(database) == []
    assert database.generation == 2  # it was closed once as well
    database.close()


def test_closed_database_opens_again(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'deep' / 'index.db'}")
    assert not database.exists()
    put(database)
    database.close()
    assert database.exists()
    assert ids(database) == ["1"]
    database.close()


def test_memory_of_two_is_not_shared():
    first, second = Database("sqlite://"), Database("sqlite://")
    put(first)
    assert (ids(first), ids(second)) == (["1"], [])


def test_writer_does_not_keep_readers_waiting(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'index.db'}")
    with database.write() as connection:
        connection.execute(text("DELETE FROM documents"))
        seen = []
        thread = Thread(target=lambda: seen.append(ids(database)))
        thread.start()
        thread.join(10)
        assert seen == [[]]
    database.close()
