"""The command line: a file for each command, read when that command is called."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import Any

import click

from mockserver.errors import MockServerError

Resolved = tuple[str | None, click.Command | None, list[str]]
COMMANDS = (
    *("clock", "faults", "journal", "play", "scenarios", "serve"),
    *("settings", "subscribers", "targets", "tenants", "vendors", "verify"),
)
HOLDS, FAILS, USAGE = 0, 1, 2


class Commands(click.Group):
    """Finds a command in the module of its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """Every command there is."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click's signature
        """The command of that name, loaded now."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"{__name__}.{cmd_name}").command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Resolved:
        """The command that the arguments begin with, or what was probably meant."""
        check_command(ctx, args, COMMANDS)
        return super().resolve_command(ctx, args)


class Sub(click.Group):
    """Commands below another; with none, or with what cannot be one, the usual is meant."""

    def __init__(self, *args: Any, default: str = "list", **options: Any) -> None:
        super().__init__(*args, **options)
        self._usual = default

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the usual command before what is none."""
        if not args or (_is_no_command(args[0]) and args[0] not in ctx.help_option_names):
            args = [self._usual, *args]
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Resolved:
        """The command that the arguments begin with, or what was probably meant."""
        check_command(ctx, args, sorted(self.commands))
        return super().resolve_command(ctx, args)


def check_command(ctx: click.Context, args: Sequence[str], known: Sequence[str]) -> None:
    """Refuse a command that does not exist, naming the nearest that does."""
    if args and args[0] not in known and not args[0].startswith("-"):
        near = get_close_matches(args[0], known, n=1)
        ctx.fail(f"There is no command {args[0]!r}{f'; did you mean {near[0]!r}?' if near else '.'}")


def _is_no_command(word: str) -> bool:
    """An option, or a search line such as `event:renewal`."""
    return word.startswith("-") or re.search(r'[:=<>~"\s]', word) is not None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(None, "--version", package_name="mockserver", message="%(version)s")
def cli() -> None:
    """The world of mParticle and the subscription vendors around it, on this machine.

    Exit codes: 0 it holds, 1 it does not, 2 it could not be asked.
    """


def main(args: Sequence[str] | None = None, prog_name: str | None = None) -> None:
    """Run the command line and exit; what goes wrong is one sentence on stderr."""
    try:
        code = cli.main(args, prog_name, standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        code = USAGE
    except click.Abort:
        code = FAILS
    except click.ClickException as error:
        code = _told(error.format_message())
    except MockServerError as error:
        code = _told(str(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains at exit
        code = FAILS
    except Exception as bug:
        if os.environ.get("MOCKSERVER_DEBUG"):
            raise
        code = _told(f"mockserver has failed: {type(bug).__name__}: {bug} (MOCKSERVER_DEBUG=1 shows where).")
    sys.exit(code or HOLDS)


def _told(sentence: str) -> int:
    click.echo(sentence, err=True)
    return USAGE
