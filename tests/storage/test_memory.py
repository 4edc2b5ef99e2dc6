"""What vendors remember is folded from the log, once each, and comes back when it is lost."""

import orjson
import pytest

from mockserver.errors import NotFoundError
from mockserver.journal.memory import Memory
from mockserver.journal.tail import CHUNK


def remember(entry, documents):
    """One document a user, counting the entries about it; orders of these tests come in the body."""
    order = orjson.loads(entry.content)
    for kind, id_, value in order.get("put", ()):
        documents.put(kind, id_, value)
    for kind, id_ in order.get("delete", ()):
        documents.delete(kind, id_)
    for kind, id_ in order.get("count", ()):
        known = documents.get(kind, id_) or {"times": 0}
        known["times"] += 1
        documents.put(kind, id_, known)
    if "list" in order:
        documents.put("list", "of", {"ids": [id_ for id_, _ in documents.all(order["list"])]})
    if "bug" in order:
        raise RuntimeError(order["bug"])


@pytest.fixture
def memory(book):
    return Memory(book.database, book.log, {"mparticle": remember, "adapty": remember})


@pytest.fixture
def documents(memory):
    def documents(vendor="mparticle", tenant="a"):
        return memory.documents(tenant, vendor)

    return documents


def test_document_is_remembered(book, documents):
    book.write({"put": [["user", "1", {"name": "Ü"}]]})
    assert documents().get("user", "1") == {"name": "Ü"}
    assert documents().get("user", "2") is None
    assert documents().get("other", "1") is None


def test_entry_is_folded_once(book, documents):
    for asked in (True, False, True, True):
        book.write({"count": [["user", "1"]]})
        if asked:
            documents()
    assert documents().get("user", "1") == {"times": 4}


def test_all_come_in_order_of_first_storing(book, documents):
    book.write({"put": [["user", "b", {}], ["user", "a", {}], ["other", "x", {}]]})
    documents()
    book.write({"put": [["user", "c", {}], ["user", "b", {"again": 1}]], "list": "user"})
    assert documents().all("user") == [("b", {"again": 1}), ("a", {}), ("c", {})]
    assert documents().get("list", "of") == {"ids": ["b", "a", "c"]}


@pytest.mark.parametrize("asked_between", [True, False])
def test_deleted_document_is_gone(book, documents, asked_between):
    book.write({"put": [["user", "1", {}], ["user", "2", {}]]})
    if asked_between:
        documents()
    book.write({"delete": [["user", "1"], ["user", "unknown"]], "list": "user"})
    assert documents().all("user") == [("2", {})]
    assert documents().get("list", "of") == {"ids": ["2"]}
    book.write({"put": [["user", "1", {}]]})
    assert [id_ for id_, _ in documents().all("user")] == ["2", "1"]


def test_copy_changes_nothing(book, documents):
    book.write({"put": [["user", "1", {"a": [1]}]]})
    documents().get("user", "1")["a"].append(2)
    assert documents().get("user", "1") == {"a": [1]}


def test_vendors_and_tenants_are_apart(book, documents):
    book.write({"put": [["user", "1", {}]]}, vendor="adapty")
    book.write({"put": [["user", "1", {"b": 1}]]}, tenant="b")
    assert documents("mparticle").all("user") == []
    assert documents("adapty").all("user") == [("1", {})]
    assert documents(tenant="b").all("user") == [("1", {"b": 1})]


def test_outgoing_messages_are_not_remembered(book, documents):
    book.write({"put": [["user", "1", {}]]}, direction="out")
    assert documents().all("user") == []


def test_reset_forgets(book, documents):
    book.write({"put": [["user", "1", {}]]})
    documents()
    book.note("reset")
    book.write({"put": [["user", "2", {}]]})
    assert documents().all("user") == [("2", {})]


def test_changed_settings_are_remembered(book, documents):
    """A fold goes by the settings of the time of its entry."""
    book.note("settings", details={"vendor": "mparticle", "values": {"strategy": "profile_link"}})
    book.note("settings", details={"vendor": "adapty", "values": {"other": 1}})
    assert documents().get("settings", "changed") == {"strategy": "profile_link"}
    book.note("settings", details={"vendor": "mparticle", "values": {}})
    assert documents().get("settings", "changed") == {}


def test_bug_of_a_vendor_is_undone(book, documents, memory, caplog):
    book.write({"count": [["user", "1"]]})
    book.write({"count": [["user", "1"]], "bug": "oh no"})
    book.write({"count": [["user", "1"]]})
    assert documents().get("user", "1") == {"times": 2}
    assert [str(error) for error in memory.errors] == ["oh no"]
    assert "cannot be remembered" in caplog.text


def test_lost_memory_comes_back(book, documents, memory):
    for number in range(2 * CHUNK):
        book.write({"count": [["user", str(number % 7)]]})
    before = documents().all("user")
    book.index.forget("a")
    memory.forget("a")
    assert documents().all("user") == before
    assert sum(value["times"] for _, value in before) == 2 * CHUNK


def test_nothing_new_costs_no_fold(book, documents, monkeypatch):
    book.write({"put": [["user", "1", {}]]})
    documents()
    monkeypatch.setattr(book.database, "write", None)
    assert documents().get("user", "1") == {}


@pytest.mark.parametrize("change", [lambda some: some.put("user", "1", {}), lambda some: some.delete("user", "1")])
def test_only_folds_change_documents(documents, change):
    """A change made while answering would be lost with the next rebuilding."""
    with pytest.raises(TypeError, match="only be changed by the vendor's `remember`"):
        change(documents())


def test_vendor_without_memory_is_said(memory):
    with pytest.raises(NotFoundError, match="'nami' remembers nothing"):
        memory.documents("a", "nami")
