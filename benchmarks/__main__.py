"""Run every benchmark and print one table; the figures that must hold are in the last column."""

import json
import statistics
import sys
import tempfile
import time
import uuid

from benchmarks import lifecycles, lives
from benchmarks.bodies import batch
from benchmarks.serving import ask, authorization, load, mockserver, reference

PATH = "/mparticle/v2/events"
RUNS = 3
ENTRIES = 50_000


def main():
    print(f"{'what':58} {'value':>12} {'ratio':>8}   wanted", flush=True)
    with tempfile.TemporaryDirectory() as folder, reference() as bare, mockserver(folder) as ours:
        key = authorization(ours.url)
        throughput("one event a batch, 16 connections", bare, ours, key, 1, "0.85 x")
        throughput("100 events a batch, 16 connections", bare, ours, key, 100, "0.85 x")
        one_connection(bare, ours, key)
    ready()
    kept()
    lifecycles.run(row)
    lives.run(row)


def row(what, value, ratio="", wanted=""):
    print(f"{what:58} {value:>12} {ratio:>8}   {wanted}", flush=True)


def throughput(what, bare, ours, key, events, wanted):
    """Interleaved, so that a noisy machine is noisy for both."""
    head, tail = batch(events)
    rates = [
        (load(bare.url, PATH, head, tail).per_second, measured(ours, key, head, tail).per_second) for _ in range(RUNS)
    ]
    theirs, own = (statistics.median(one) for one in zip(*rates, strict=True))
    row(f"{what}, bare Flask", f"{theirs:,.0f} /s")
    row(what, f"{own:,.0f} /s", f"{own / theirs:.2f} x", f">= {wanted}")


def measured(ours, key, head, tail, **options):
    result = load(ours.url, PATH, head, tail, key, salt=uuid.uuid4().hex, **options)
    if result.errors:
        sys.exit(f"{result.errors} requests were not answered 202")
    return result


def one_connection(bare, ours, key):
    head, tail = batch(1)
    pairs = [
        (
            load(bare.url, PATH, head, tail, connections=1, seconds=2).median_ms,
            measured(ours, key, head, tail, connections=1, seconds=2).median_ms,
        )
        for _ in range(RUNS)
    ]
    theirs, own = (statistics.median(one) for one in zip(*pairs, strict=True))
    row("one connection, median answer", f"{own:.2f} ms", f"{own / theirs:.2f} x", "<= 1.25 x")


def ready():
    times = []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as folder, mockserver(folder) as ours:
            times.append(ours.ready_seconds)
    with reference() as bare:
        row(
            "ready (process start to first answer)",
            f"{statistics.median(times):.2f} s",
            f"{statistics.median(times) / bare.ready_seconds:.2f} x",
            "<= 0.5 s (1 s to the first answer)",
        )


def kept():
    """A server with 50,000 entries: memory, catching up, finding, fresh tenants."""
    with tempfile.TemporaryDirectory() as folder, mockserver(folder) as ours:
        key = authorization(ours.url)
        fill(ours, key)
        row("memory after 50,000 entries", f"{ours.memory_mib():.0f} MiB", "", "<= 90 MiB")
        total, seconds = timed(lambda: ask(ours.url, "/_mock/api/v1/events?limit=1")["total"])
        row("catching up, an entry of one event", f"{seconds / total * 1e6:.1f} us", "", "<= 20 us")
        finding(ours, key)
        row("memory, indexed", f"{ours.memory_mib():.0f} MiB")
        tenants(ours)


def fill(ours, key):
    head, tail = batch(1)
    kept_so_far = 0
    while kept_so_far < ENTRIES:
        result = measured(ours, key, head, tail, seconds=2)
        kept_so_far += int(result.per_second * 2)


def finding(ours, key):
    mark = uuid.uuid4().hex
    head, tail = batch(1)
    body = (head + mark + tail).replace("sku-0", mark).replace("user-17@", f"{mark}@")
    ask(ours.url, PATH, json.loads(body), authorization=key)
    ask(ours.url, "/_mock/api/v1/events?limit=1")
    email, item = f"email:{mark}@example.com", f"data.custom_attributes.item={mark}"
    for what, question, wanted in (("an indexed field", email, "5 ms"), ("any JSON path", item, "100 ms")):
        path = f"/_mock/api/v1/events?limit=1&q={question}"
        found, seconds = min((timed(lambda path=path: ask(ours.url, path)) for _ in range(5)), key=lambda one: one[1])
        assert found["events"], question
        row(f"find by {what} in 50,000", f"{seconds * 1000:.1f} ms", "", f"<= {wanted}")


def tenants(ours):
    _, seconds = timed(lambda: [ask(ours.url, "/_mock/api/v1/tenants", {}) for _ in range(200)])
    row("a fresh tenant over HTTP", f"{seconds / 200 * 1000:.2f} ms", "", "<= 1 ms")


def timed(work):
    began = time.perf_counter()
    result = work()
    return result, time.perf_counter() - began


if __name__ == "__main__":
    main()
