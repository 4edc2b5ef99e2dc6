"""`mockserver scenarios`: what can be played, what it would tell, and a file to start one's own from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockserver.cli import Sub
from mockserver.cli.options import json_option
from mockserver.cli.showing import print_json, print_line, print_table
from mockserver.errors import ConflictError, InvalidError, MockServerError

if TYPE_CHECKING:
    from mockserver.delivery.library import Library
    from mockserver.vendors.contract import Vendor

folders_option = click.option(
    "--scenarios",
    "folders",
    metavar="DIR",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="A folder of your own scenarios, searched first; may be given again.",
)
_KEY = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_TEMPLATE = '''"""{title}: a trial converts, renews once, then is refunded.

The first line above is the title. `mockserver scenarios show {key}` prints what each vendor would tell of this,
`mockserver play {key}` sends it.
"""

from mockserver.lifecycle import Scenario, day, period_end, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(
    # What is bought unless a step says otherwise; write Product(id=..., price=..., period="P1M") for one of your own.
    product=MONTHLY,
    # app_store, play_store, stripe, amazon or promo.
    store="app_store",
    # Who does what, and when. `day(7, ...)` is seven days after the start, `period_end(1, ...)` the end of the first
    # paid period, whatever its length. A wrong word is answered with the nearest right one, an impossible order with
    # the day and the state.
    timeline=[
        day(0, user.starts_trial()),
        day(7, store.converts_trial()),
        period_end(2, store.renews()),
        day(45, store.refunds()),
    ],
    # What the subscription is in the end; playing fails if it is something else.
    ends="refunded",
)
'''


@click.group(cls=Sub)
def command() -> None:
    """Stories of subscribers that can be played: list, show KEY, new KEY."""


@command.command("list")
@folders_option
@json_option
def list_(folders: tuple[Path, ...], *, as_json: bool) -> None:
    """List what can be played."""
    library = library_of(folders)
    found = [_summary(library, key) for key in library.paths()]
    if as_json:
        print_json({"scenarios": found})
    else:
        print_table(("key", "store", "title"), ((one["key"], one["store"], one["title"]) for one in found))


@command.command()
@click.argument("key")
@click.option("--seed", default=0, show_default=True, help="People, ids and devices come from it.")
@click.option("--payloads", is_flag=True, help="With each request as it would be sent (JSON only).")
@click.option("--vendor", "vendors", multiple=True, help="Only what this vendor tells; may be given again.")
@click.option("--channel", "channels", multiple=True, help="Only on this channel; may be given again.")
@folders_option
@json_option
def show(
    key: str,
    seed: int,
    vendors: tuple[str, ...],
    channels: tuple[str, ...],
    folders: tuple[Path, ...],
    *,
    payloads: bool,
    as_json: bool,
) -> None:
    """Show what would be told of a scenario, to whom and when; nothing is sent."""
    told = told_of(library_of(folders), key, seed, vendors, channels, payloads=payloads)
    if as_json or payloads:
        print_json(told)
    else:
        from mockserver.cli.timeline import print_timeline

        print_line(f"{told['title']} ({told['key']}, {told['store']}, seed {told['seed']})\n")
        print_timeline(told["messages"], told=False)


@command.command()
@click.argument("key")
@folders_option
def new(key: str, folders: tuple[Path, ...]) -> None:
    """Write a scenario to start from."""
    if not _KEY.fullmatch(key):
        raise InvalidError(
            f"A scenario's key has a-z, 0-9 and - between words, as trial-converts has; {key!r} has not."
        )
    chosen = _settings_folders(folders)
    path = (chosen[0] if chosen else Path("scenarios")) / f"{key.replace('-', '_')}.py"
    if path.exists():
        raise ConflictError(f"{path} exists already.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_TEMPLATE.format(key=key, title=key.replace("-", " ").capitalize()), "utf-8")
    extra = "" if chosen else f" --scenarios {path.parent}"
    print_line(f"{path} is written; `mockserver scenarios show {key}{extra}` shows what it tells.")


def told_of(
    library: Library,
    key: str,
    seed: int,
    vendors: tuple[str, ...],
    channels: tuple[str, ...],
    *,
    payloads: bool,
) -> dict[str, Any]:
    """What would be told of a scenario (design.md §5)."""
    from mockserver.delivery.plan import Choice, plan_scenario, rows

    known = speakers()
    choice = Choice(vendors=vendors, channels=channels).checked(known)
    scenario = library.scenario(key)
    messages = list(rows(plan_scenario(scenario, known, seed, choice), payloads=payloads))
    return {
        "key": scenario.key,
        "title": scenario.title,
        "store": scenario.store.value,
        "seed": seed,
        "messages": messages,
    }


def library_of(folders: tuple[Path, ...]) -> Library:
    """The scenarios of these folders, of the settings' and of ours."""
    from mockserver.delivery.library import Library

    return Library(_settings_folders(folders))


def speakers() -> Mapping[str, Vendor]:
    """The vendors, with no server around them."""
    from mockserver.vendors import discover

    return discover()


def _settings_folders(folders: tuple[Path, ...]) -> tuple[Path, ...]:
    from mockserver.settings import load_settings

    return load_settings({"scenarios": folders or None}).scenarios


def _summary(library: Library, key: str) -> dict[str, str | None]:
    try:
        scenario = library.scenario(key)
    except MockServerError as error:
        return {"key": key, "title": str(error), "store": None}
    return {"key": key, "title": scenario.title, "store": scenario.store.value}
