"""What the recorder writes is stamped with both clocks and shows no secret."""

from mockserver.journal.recorder import masked


def test_secrets_keep_their_scheme_only():
    headers = {"authorization": "Basic a2V5OnNlY3JldA==", "cookie": "session=1", "host": "x"}
    assert masked(headers) == [("authorization", "Basic ***"), ("cookie", "***"), ("host", "x")]
