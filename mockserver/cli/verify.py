"""`mockserver verify`: expectations in a file, asked of a server."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import click
import orjson

from mockserver.cli import FAILS, HOLDS
from mockserver.cli.options import asks_server, json_option
from mockserver.cli.showing import print_json, print_line
from mockserver.client import Client
from mockserver.errors import InvalidError, NotFoundError

_LENGTH = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|)")
_SECONDS = {"ms": 0.001, "s": 1.0, "": 1.0, "m": 60.0}


def seconds(text: str) -> float:
    """A length of time: 5s, 500ms, 1m, or a number of seconds."""
    match = _LENGTH.fullmatch(text)
    if match is None:
        raise click.BadParameter(f"{text!r} is no length of time; 5s, 500ms or 1m is.")
    return float(match[1]) * _SECONDS[match[2]]


@click.command()
@click.argument("file", metavar="FILE")
@click.option("--within", type=seconds, metavar="TIME", help="How long to wait until it holds.")
@click.option("--stays", type=seconds, metavar="TIME", help="How long it has to go on holding.")
@json_option
@asks_server
def command(client: Client, file: str, within: float | None, stays: float | None, *, as_json: bool) -> int:
    """Ask whether what a file expects has arrived: JSON or TOML, - for standard input.

    The file has what `POST /_mock/api/v1/verify` takes: {"expect": [{"event": "trial_converted", "count": 1}]}.
    """
    question = {
        **read_question(file),
        **{name: value for name, value in (("within", within), ("stays", stays)) if value is not None},
    }
    answer = client.verify(question)
    if as_json:
        print_json(answer)
    else:
        print_line(answer["text"], "green" if answer["holds"] else "red")
    return HOLDS if answer["holds"] else FAILS


def read_question(file: str) -> dict[str, Any]:
    """The expectations in a file.

    Raises:
        NotFoundError: it cannot be read.
        InvalidError: it is neither JSON nor TOML, or no object.
    """
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise NotFoundError(f"{file} cannot be read: {error.strerror}.") from error
    try:
        found = tomllib.loads(content.decode()) if file.endswith(".toml") else orjson.loads(content)
    except (ValueError, UnicodeDecodeError) as error:
        raise InvalidError(f"{file} is not {'TOML' if file.endswith('.toml') else 'JSON'}: {error}.") from error
    if isinstance(found, list):
        return {"expect": found}
    if not isinstance(found, dict):
        raise InvalidError(f"{file} has neither an object nor a list of expectations in it.")
    return found
