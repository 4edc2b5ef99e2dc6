"""`mockserver subscribers`: live subscribers, who act and are acted on while the clock is turned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from mockserver.cli import Sub
from mockserver.cli.options import asks_server, json_option
from mockserver.cli.showing import money, print_json, print_line, print_table, short_instant
from mockserver.client import Client, Subscriber

_STORES = ("app_store", "play_store", "stripe", "amazon", "promo")


@click.group(cls=Sub)
def command() -> None:
    """Live subscribers: list, show ID, new, act ID VERB, verbs. `mockserver clock advance 7d` lets them live on."""


@command.command("list")
@json_option
@asks_server
def list_(client: Client, *, as_json: bool) -> None:
    """List everybody, with what will happen to them next."""
    found = [one.row for one in client.subscribers()]
    if as_json:
        print_json({"subscribers": found})
    else:
        print_table(("id", "customer", "store", "product", "state", "next", "at"), (_row(one) for one in found))


@command.command()
@click.argument("name", metavar="ID")
@json_option
@asks_server
def show(client: Client, name: str, *, as_json: bool) -> None:
    """Show somebody, by id or by any id that the app has for them, with their history."""
    _print(client.find_subscriber(name), as_json=as_json)


@command.command()
@click.option("--store", type=click.Choice(_STORES), default="app_store", show_default=True, help="Where they buy.")
@click.option(
    "--product", help="One of the catalogue, or your own with --price and --period.  [default: premium.monthly]"
)
@click.option("--trial", metavar="PERIOD", help="Begin with a free trial: P7D.")
@click.option("--price", metavar="AMOUNT", help="What it costs.")
@click.option("--period", metavar="PERIOD", help="How long it is paid for: P1M, P1Y, P1W.")
@click.option("--customer-id", help="The app's own id.")
@click.option("--anonymous", is_flag=True, help="They have not logged in.")
@click.option("--mpid", default="", help="mParticle's id.")
@click.option("--country", metavar="CODE", help="Where they are.  [default: US]")
@click.option("--sandbox", is_flag=True, help="Buy in the store's sandbox, on its accelerated clock.")
@click.option("--seed", default=0, show_default=True, help="Person, ids and devices come from it.")
@click.option("--vendor", "vendors", multiple=True, help="Only this vendor tells of them; may be given again.")
@click.option("--waiting", is_flag=True, help="Buy nothing before the first act.")
@json_option
@asks_server
def new(client: Client, *, sandbox: bool, waiting: bool, as_json: bool, **wanted: Any) -> None:
    """Let somebody begin, at what the clock shows."""
    environment = "sandbox" if sandbox else "production"
    _print(client.subscriber(environment=environment, buys=not waiting, **wanted), as_json=as_json)


@command.command()
@click.argument("name", metavar="ID")
@click.argument("verb")
@click.argument("words", metavar="[WORD=VALUE]...", nargs=-1)
@json_option
@asks_server
def act(client: Client, name: str, verb: str, words: tuple[str, ...], *, as_json: bool) -> None:
    """Have somebody do something, or something done to them: turns_renewal_off, changes_to product=pro.monthly.

    `mockserver subscribers verbs` lists what can be done, with the words that go with it.
    """
    said = dict(_word(text) for text in words)
    _print(client.find_subscriber(name).act(verb, **said), as_json=as_json)


@command.command()
@json_option
@asks_server
def verbs(client: Client, *, as_json: bool) -> None:
    """List what subscribers, stores and the developer can do."""
    found = client.verbs()
    if as_json:
        print_json({"verbs": found})
    else:
        print_table(("verb", "words", "what it means"), ((one["verb"], _words(one), one["title"]) for one in found))


def _words(verb: Mapping[str, Any]) -> str:
    return " ".join(one["name"] if one["required"] else f"[{one['name']}]" for one in verb["words"])


def _word(text: str) -> tuple[str, Any]:
    """A word with its value: a number, true, false or an object where it reads as one, else a text."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise click.UsageError(f"{text!r} is no word; days=3 or product=pro.monthly is.")
    if value[:1] not in {"{", "t", "f"} and not value.lstrip("-").isdigit():
        return name, value
    import orjson

    try:
        return name, orjson.loads(value)
    except orjson.JSONDecodeError:
        return name, value


def _row(one: Mapping[str, Any]) -> tuple[str, ...]:
    coming = one["next"] or {"verb": "", "at": ""}
    return (
        one["id"],
        one["customer_id"] or "",
        one["store"],
        one["product"],
        one["state"],
        coming["verb"],
        short_instant(coming["at"]),
    )


def _print(subscriber: Subscriber, *, as_json: bool) -> None:
    shown = subscriber.show()
    if as_json:
        print_json(shown)
        return
    who = f"{shown['name']}, {shown['country']}"
    print_line(f"{shown['id']}  {shown['customer_id'] or 'anonymous'}  {who}\n", "bold")
    print_table(
        ("at", "what happened", "product", "state", "amount"),
        (
            (short_instant(row["at"]), row["step"], row["product"], row["state"], _amount(row["amount"]))
            for row in shown["history"]
        ),
        right=("amount",),
    )
    if shown["next"]:
        print_line(f"\nnext: {shown['next']['verb']} {short_instant(shown['next']['at'])}")


def _amount(amount: str) -> str:
    return "" if amount == "0" else money(amount, None)
