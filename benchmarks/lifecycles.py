"""How fast lifecycles unfold and are told."""

import statistics
import time

from mockserver.delivery.library import Library
from mockserver.delivery.plan import plan
from mockserver.vendors import discover


def run(row):
    library, vendors = Library(()), discover()
    scenarios = [library.scenario(key) for key in library.paths()]
    steps = sum(len(scenario.unfold(0)) for scenario in scenarios)
    seconds = statistics.median(timed(lambda: [scenario.unfold(0) for scenario in scenarios]) for _ in range(5))
    row(f"lifecycle events unfolded ({steps} in {len(scenarios)} scenarios)", f"{steps / seconds:,.0f} /s")
    seconds = statistics.median(
        timed(lambda: [plan(scenario.unfold(0), vendors, 0) for scenario in scenarios]) for _ in range(3)
    )
    row("all scenarios unfolded and told by every vendor", f"{seconds:.2f} s", "", "<= 5 s")


def timed(work):
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
