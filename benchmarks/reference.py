"""The reference: bare Flask on the same server, which parses JSON and keeps nothing."""

import sys

from flask import Flask, request

app = Flask(__name__)


@app.post("/mparticle/v2/events")
@app.post("/mparticle/v2/bulkevents")
def events():
    request.get_json()
    return "", 202


if __name__ == "__main__":
    from granian import Granian

    Granian(
        "benchmarks.reference:app",
        port=int(sys.argv[1]),
        interface="wsgi",
        blocking_threads=1,
        runtime_mode="st",
        http="1",
        websockets=False,
        log_enabled=False,
    ).serve()
