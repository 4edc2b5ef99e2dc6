"""The tables: made at once or step by step they are the same, and what cannot be read is made again."""

import logging
import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from mockserver.errors import StorageError
from mockserver.storage import schema
from mockserver.storage.backends import backend_of
from mockserver.storage.database import Database
from mockserver.storage.tables import REVISION, metadata


def conditions(index):
    return sorted(str(option) for option in index.get("dialect_options", {}).values() if str(option))


def described(connection):
    """Everything an inspector tells of the tables."""
    inspector = inspect(connection)
    return {
        name: (
            [(column["name"], str(column["type"]), column["nullable"]) for column in inspector.get_columns(name)],
            inspector.get_pk_constraint(name),
            sorted((index["name"], index["column_names"], conditions(index)) for index in inspector.get_indexes(name)),
        )
        for name in sorted(inspector.get_table_names())
    }


@pytest.fixture(params=["file", "postgres"])
def empty(request, tmp_path):
    urls = iter(
        [f"sqlite:///{tmp_path / name}.db" for name in "ab"]
        if request.param == "file"
        else [request.getfixturevalue("cluster").url() for _ in "ab"]
    )
    engines = []

    def engine():
        engines.append(backend_of(next(urls)).engine())
        return engines[-1]

    yield engine
    for one in engines:
        one.dispose()


def test_migrations_make_what_create_makes(empty):
    with empty().begin() as created, empty().begin() as migrated:
        schema.create(created)
        schema.upgrade(migrated)
        assert described(created) == described(migrated)
        assert set(described(created)) == {*metadata.tables, "alembic_version"}


def test_migrations_leave_nothing_to_do(empty):
    with empty().begin() as connection:
        schema.upgrade(connection)
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_revision_is_the_newest(empty):
    with empty().begin() as connection:
        assert ScriptDirectory.from_config(schema.migrations(connection)).get_current_head() == REVISION
        schema.upgrade(connection)
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == REVISION


def test_tables_stay_on_reopening(database, book):
    book.tell()
    book.index.catch_up("a")
    if database.backend.single:
        pytest.skip("what is in memory goes with its connection")
    database.close()
    assert len(book.rows("events")) == 1


def test_older_database_is_upgraded(tmp_path):
    """A database that Alembic knows, at the revision before the first."""
    url = f"sqlite:///{tmp_path / 'index.db'}"
    engine = backend_of(url).engine()
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
    engine.dispose()
    database = Database(url)
    with database.read() as connection:
        assert set(described(connection)) == {*metadata.tables, "alembic_version"}
    database.close()


def spoil(path, how):
    if how == "garbage":
        path.write_bytes(b"not a database at all, but long enough to look at" * 50)
    elif how == "newer":
        _execute(path, "UPDATE alembic_version SET version_num = '9999'")
    else:
        _execute(path, "DROP TABLE alembic_version")


def _execute(path, statement):
    engine = backend_of(f"sqlite:///{path}").engine()
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.mark.parametrize("how", ["garbage", "newer", "unstamped"])
def test_unreadable_index_is_made_again(tmp_path, caplog, how):
    path = tmp_path / "index.db"
    first = Database(f"sqlite:///{path}")
    with first.read():
        pass
    first.close()
    spoil(path, how)
    database = Database(f"sqlite:///{path}")
    with caplog.at_level(logging.WARNING), database.read() as connection:
        assert set(described(connection)) == {*metadata.tables, "alembic_version"}
    assert "is dropped and built again from the logs" in caplog.text
    assert database.generation == 1
    database.close()


def test_foreign_revision_of_a_server_is_an_error(postgres_url):
    """Others may be using it: nothing is dropped."""
    first = Database(postgres_url)
    with first.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    first.close()
    with pytest.raises(StorageError, match="revision '9999'"), Database(postgres_url).read():
        pass


def test_unreachable_server_is_one_sentence(tmp_path):
    database = Database(f"postgresql://mock:secret@/postgres?host={tmp_path}")
    with pytest.raises(StorageError, match=r"mock:\*\*\*@") as caught, database.read():
        pass
    assert "secret" not in str(caught.value)


def test_unknown_database_is_refused():
    with pytest.raises(StorageError, match="not 'mysql'"), Database("mysql://x").read():
        pass


PREPARE = """
import sys
from mockserver.storage.database import Database
with Database(sys.argv[1]).read() as connection:
    pass
"""


def test_processes_make_the_tables_together(shared_url):
    running = [subprocess.Popen([sys.executable, "-c", PREPARE, shared_url]) for _ in range(3)]
    assert [one.wait(timeout=60) for one in running] == [0, 0, 0]


IMPORTED = """
import sys
import mockserver.journal.journal
print(sorted({name.partition(".")[0] for name in sys.modules} & {"sqlalchemy", "alembic", "marshmallow", "psycopg"}))
"""
OPENED = """
import sys
from mockserver.storage.database import Database
with Database("sqlite://").read() as connection:
    print("alembic" in sys.modules)
"""


@pytest.mark.parametrize(("script", "told"), [(IMPORTED, "[]"), (OPENED, "False")])
def test_imports_wait_for_questions(script, told):
    """Starting a server imports no database; opening a fresh one imports no Alembic."""
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == told
