"""A killed server loses nothing that it has answered."""

import http.client
from threading import Thread

import pytest

pytestmark = pytest.mark.slow
BODY = (
    '{{"source_request_id": "{0}", "events": '
    '[{{"event_type": "custom_event", "data": {{"event_name": "{0}", "custom_event_type": "other"}}}}]}}'
)


def post_until_it_dies(server, name, answered):
    """Post batch after batch on one connection; note each that was answered."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    headers = {"Authorization": server.authorization, "Content-Type": "application/json"}
    number = 0
    try:
        while True:
            event = f"{name}-{number}"
            connection.request("POST", "/mparticle/v2/events", BODY.format(event), headers)
            if connection.getresponse().read() == b"":
                answered.append(event)
            number += 1
    except (OSError, http.client.HTTPException):
        pass
    finally:
        connection.close()


@pytest.mark.parametrize("moment", [40, 400])
def test_killed_server_keeps_what_it_answered(serve, moment):
    answered = []
    with serve() as server:
        senders = [Thread(target=post_until_it_dies, args=(server, name, answered)) for name in "abcd"]
        for sender in senders:
            sender.start()
        while len(answered) < moment:
            senders[0].join(0.001)
        server.kill()
        for sender in senders:
            sender.join()
    with serve() as again:
        kept = again.ask("/_mock/api/v1/events?limit=10000&order=oldest")["events"]
    assert set(answered) <= {event["name"] for event in kept}
    assert len(kept) - len(answered) <= len(senders)


def test_index_may_be_deleted(serve, tmp_path):
    answered = []
    with serve() as server:
        sender = Thread(target=post_until_it_dies, args=(server, "a", answered))
        sender.start()
        while len(answered) < 50:
            sender.join(0.001)
        before = server.ask("/_mock/api/v1/events?limit=50&order=oldest")["events"]
        server.kill()
        sender.join()
    for file in tmp_path.glob("index.db*"):
        file.unlink()
    with serve() as again:
        assert again.ask("/_mock/api/v1/events?limit=50&order=oldest")["events"] == before
