"""What a turn of the clock costs: so much for each event, and nothing for how many others there are."""

import pytest

from mockserver.journal.tail import Tail
from mockserver.storage.documents import ReadDocuments


@pytest.fixture
def questions(monkeypatch):
    """The questions to the database while a clock is turned."""
    asked = []
    for kind, names in ((ReadDocuments, ("get", "has", "all")), (Tail, ("catch_up",))):
        for name in names:
            monkeypatch.setattr(kind, name, noted(asked, name, getattr(kind, name)))
    return asked


def noted(asked, name, ask):
    def note(self, *words):
        asked.append(name)
        return ask(self, *words)

    return note


@pytest.fixture
def advanced(town, questions):
    """A tenant with so many subscribers, a year later; what was asked meanwhile, and how many events were told."""

    def advance(people):
        for _ in range(people):
            town.begin(trial="P7D")
        questions.clear()
        town.advance(days=365)
        asked = len(questions)
        return asked, len(town.tenant.history())

    return advance


def test_more_people_are_no_more_questions(town, advanced):
    (few, events), (many, more) = advanced(2), advanced(6)
    assert more > events
    assert many == few
