"""The file of expectations: what it may say, and what is wrong with one that cannot be read."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.errors import InvalidError
from mockserver.journal import expectfile
from mockserver.journal.expectation import Check, expect
from mockserver.journal.expectfile import load, read, seconds


def example():
    """The one in the module's own docstring."""
    text = expectfile.__doc__
    return text[text.index("{") : text.rindex("    }\n") + 6]


def test_example_is_a_check():
    check = read(example().encode())
    started, converted, refund = check.expectations
    gold = {"data.custom_attributes.tier": "gold"}
    assert started == expect("trial_started", vendor="mparticle", customer_id="u-1", where=gold)
    conditions = {"data.product_action.total_amount": 9.99, "data.custom_attributes.tries": {"<=": 3}}
    assert converted == expect("trial_converted", vendor="mparticle", customer_id="u-1", count=1, where=conditions)
    assert refund == expect("refund", vendor="mparticle", customer_id="u-1", count=0)
    assert (check.ordered, check.exact, check.within, check.stays) == (True, False, 5.0, 0.0)
    (revenue,) = check.revenue
    assert (revenue.subject, revenue.amount, revenue.vendor) == ("u-1", Decimal("9.99"), "mparticle")


@pytest.mark.parametrize("value", [9.99, "9.99", True, None, [1], {"a": 1}])
def test_word_with_a_dot_is_a_path(value):
    assert load({"expect": [{"event": "a", "data.price": value}]}) == load(
        {"expect": [{"event": "a", "where": {"data.price": value}}]}
    )


def test_paths_stand_beside_where():
    (found,) = load({"expect": [{"data.price": 1, "where": {"tier": "gold"}}]}).expectations
    assert str(found) == 'tier="gold" data.price=1'


def test_least_file_expects_one_event():
    assert load({"expect": [{"event": "a"}]}) == Check(expectations=(expect("a"),))


@pytest.mark.parametrize("amount", ["9.99", 9.99])
def test_amount_is_the_decimal_it_is_written_as(amount):
    (revenue,) = load({"revenue": [{"subject": "u", "currency": "USD", "amount": amount}]}).revenue
    assert revenue.amount == Decimal("9.99")


MISTAKES = [
    ([], "Not a check: Invalid input type."),
    ({}, "Not a check: Nothing is expected: write expect or revenue."),
    ({"expect": {}}, "Not a check: expect: Not a valid list."),
    ({"expect": [{"event": "a"}], "whithin": 5}, "Not a check: whithin: Unknown field."),
    (
        {"expect": [{"event": "a", "cuont": 1}]},
        "Not a check: expect.0: There is no word 'cuont'. Did you mean 'count'?",
    ),
    ({"expect": [{"event": "a", "count": "x"}]}, "Not a check: expect.0.count: Not a valid integer."),
    ({"expect": [{"event": "a", "count": -1}]}, "Not a check: expect.0: A count is not negative."),
    ({"expect": [{"where": 5}]}, "Not a check: expect.0: where maps JSON paths to values."),
    ({"expect": [{"a..b": 5}]}, "Not a check: expect.0: The path 'a..b' cannot be read from '.b' on."),
    ({"expect": [{"where": {"a..": 5}}]}, "Not a check: expect.0: The path 'a..' cannot be read from '.' on."),
    ({"expect": [{"search": "is:x"}]}, "Not a check: expect.0: is: knows no 'x'. There are accepted, dropped, kept, "),
    (
        {"expect": [{"search": "a", "event": "a"}]},
        "Not a check: expect.0: A search line says everything; event cannot ",
    ),
    ({"expect": [{"subjects": []}]}, "Not a check: expect.0: Whom it is about is said as subject, or by kind: "),
    ({"expect": [{"text": [1.5]}]}, "Not a check: expect.0: text is a text, not 1.5."),
    ({"revenue": [{"subject": "u"}]}, "Not a check: revenue.0.currency: Missing data for required field.; revenue.0."),
    (
        {"expect": [{"event": "a"}], "within": "soon"},
        "Not a check: within: A duration is a number of seconds, or like ",
    ),
    ({"expect": [{"event": "a"}], "within": -1}, "Not a check: within: A duration is a number of seconds, or like "),
]


@pytest.mark.parametrize(("document", "sentence"), MISTAKES)
def test_mistake_is_said(document, sentence):
    with pytest.raises(InvalidError) as caught:
        load(document)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff"])
def test_broken_file_is_said(content):
    with pytest.raises(InvalidError, match=r"^Not JSON: "):
        read(content)


@pytest.mark.parametrize(("text", "wanted"), [("5", 5.0), (0.5, 0.5), ("5s", 5.0), ("500ms", 0.5), ("2 m", 120.0)])
def test_durations_are_read(text, wanted):
    assert seconds(text) == wanted


@pytest.mark.parametrize("text", ["", "s", "-1", "5 h", "1e9", True, float("nan"), float("inf")])
def test_other_durations_are_refused(text):
    with pytest.raises(InvalidError, match="A duration is"):
        seconds(text)


words = st.sampled_from(
    ["event", "vendor", "count", "never", "where", "text", "since", "amount", "status", "search", "u"]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3) | words, inner, max_size=3),
)
documents = st.fixed_dictionaries(
    {"expect": st.lists(st.dictionaries(words, values, max_size=3), max_size=2)},
    optional={"revenue": values, "within": values, "ordered": values, "x": values},
)


@given(st.one_of(values, documents))
def test_any_document_is_a_check_or_invalid(document):
    try:
        assert isinstance(load(document), Check)
    except InvalidError as error:
        assert str(error).startswith("Not a check: ")  # noqa: PT017  valid documents are fine as well


@given(st.binary(max_size=30) | values.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_a_check_or_invalid(content):
    try:
        assert isinstance(read(content), Check)
    except InvalidError as error:
        assert str(error).startswith(("Not a check: ", "Not JSON: "))  # noqa: PT017  likewise
