"""Paths find places, conditions judge what is there."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.errors import InvalidError
from mockserver.journal.jsonpath import ANY, JSONPath, Where, equal, look_up, parse_path, pointed, where

DOCUMENT = {"a": {"b": [{"c": 1}, {"c": 2}, 3]}, "$country": "GB", "x.y": {"": "empty"}, "n": None}

PATHS = [
    ("a.b[0].c", [1]),
    ("$.a.b[1].c", [2]),
    ("a.b[-1]", [3]),
    ("a.b[*].c", [1, 2]),
    ("a.*[2]", [3]),
    ("$country", ["GB"]),
    ('"$country"', ["GB"]),
    ("['$country']", ["GB"]),
    ('"x.y".""', ["empty"]),
    ('["x.y"]', [{"": "empty"}]),
    ("n", [None]),
    ("a.b[3]", []),
    ("a.b.c", []),
    ("a[0]", []),
    ("n.x", []),
    ("$country[*]", []),
]


@pytest.mark.parametrize(("path", "found"), PATHS)
def test_path_finds(path, found):
    assert parse_path(path).find(DOCUMENT) == found


@pytest.mark.parametrize(
    "path", ["", "$.", "a.", ".a", "a..b", "a[", "a[x]", "a]", 'a"b"', "a b", "a[1", "[99999999999]"]
)
def test_wrong_path_is_said(path):
    with pytest.raises(InvalidError, match=r"path"):
        parse_path(path)


segments = st.one_of(st.text(max_size=5), st.integers(-99, 99), st.just(ANY))


@given(st.lists(segments, min_size=1, max_size=4).map(tuple))
def test_written_path_reads_the_same(segments):
    assert parse_path(str(JSONPath(segments))) == JSONPath(segments)


@given(st.text(max_size=20))
def test_any_text_is_a_path_or_invalid(text):
    try:
        path = parse_path(text)
    except InvalidError:
        return
    assert parse_path(str(path)) == path


def test_last_name_is_what_bodies_contain():
    assert (parse_path("a.b[0]").name, parse_path("[0][*]").name) == ("b", None)


POINTERS = [("", DOCUMENT), ("/a/b/0/c", 1), ("/a/b/9", None), ("/a/b/x", None), ("/x.y/", "empty"), ("/a~1b", None)]


@pytest.mark.parametrize(("pointer", "found"), POINTERS)
def test_pointer_points(pointer, found):
    assert pointed(DOCUMENT, pointer) == found


def test_pointer_undoes_its_escapes():
    assert pointed({"a/b~c": 1}, "/a~1b~0c") == 1


def test_nearest_document_answers():
    assert look_up(parse_path("a"), [{"b": 1}, {"a": 2}, {"a": 3}]) == [2]
    assert look_up(parse_path("a"), []) == []


HOLDS = [
    ("=", 5, [5.0]),
    ("=", 9.99, [9.99]),
    ("=", Decimal("9.990"), [9.99]),
    ("=", "5", ["5"]),
    ("=", None, [None]),
    ("=", {"a": [1]}, [{"a": [1.0]}]),
    ("=", 2, [1, 2]),
    ("!=", 5, [6]),
    ("!=", 5, ["5"]),
    (">", 5, [5.1]),
    (">=", 5, [5]),
    ("<", Decimal("0.3"), [0.1]),
    ("<=", "b", ["a"]),
    ("~", "^tri.l", ["a trial", "trial"]),
    ("~", "9.9", [9.99]),
    ("exists", True, [None]),
    ("exists", False, []),
]
FAILS = [
    ("=", 5, ["5"]),
    ("=", 1, [True]),
    ("=", "", [None]),
    ("=", 5, []),
    ("=", {"a": 1}, [{"a": 1, "b": 2}]),
    ("=", [1], [[1, 2]]),
    ("!=", 5, []),
    ("!=", 5, [4, 5]),
    (">", 5, ["6"]),
    (">", 5, [True]),
    (">", "a", [5]),
    ("<", float("nan"), [1]),
    ("~", "x", ["y"]),
    ("exists", True, []),
]


@pytest.mark.parametrize(("op", "value", "found"), HOLDS)
def test_condition_holds(op, value, found):
    assert where("a", op, value).holds(found)


@pytest.mark.parametrize(("op", "value", "found"), FAILS)
def test_condition_fails(op, value, found):
    assert not where("a", op, value).holds(found)


LOOSE = [
    ("5", 5, True),
    ("5", "5", True),
    ("5.0", 5, True),
    ("5.0", "5", False),
    ("true", True, True),
    ("null", None, True),
]


@pytest.mark.parametrize(
    ("typed", "found", "holds"), [*LOOSE, ("1", True, False), ("x", "x", True), ("[1]", [1], True)]
)
def test_typed_value_means_what_it_reads_like(typed, found, holds):
    assert Where(parse_path("a"), "=", typed, loose=True).holds([found]) is holds


@pytest.mark.parametrize(
    ("op", "value", "sentence"), [("==", 1, "no comparison '=='"), ("~", "(", r"'\(' is not a regular")]
)
def test_wrong_condition_is_said(op, value, sentence):
    with pytest.raises(InvalidError, match=sentence):
        where("a", op, value)


def test_condition_reads_like_a_search():
    said = [where("a", "=", "x"), where("a", ">", Decimal("9.90")), where("a", "exists"), where("a", "exists", False)]
    assert [str(one) for one in said] == ['a="x"', "a>9.90", "has:a", "no:a"]


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


@given(json, json)
def test_equality_goes_both_ways(left, right):
    assert equal(left, left)
    assert equal(left, right) is equal(right, left)
