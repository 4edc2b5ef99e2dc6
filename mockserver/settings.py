"""How a server was asked to run: built in one function from arguments, MOCKSERVER_* variables and pyproject.toml."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from mockserver.errors import SettingsError

PORT = 4600
FOLDER = ".mockserver"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything a server needs to know before it starts.

    `storage` is a folder. `shared` says that other workers use the same storage. `scenarios` are folders searched
    before the shipped one. `allow_targets` are hosts that messages may go to beside loopback. `body_limit` is in
    bytes. `mounts` are lines `VENDOR=HOST`: at the root of that host (a pattern) the vendor is. `tls_port` is where
    the same is served with TLS, 0 for any free one, None for nowhere.
    """

    host: str = "127.0.0.1"
    port: int = PORT
    storage: Path = Path(FOLDER)
    workers: int = 1
    shared: bool = False
    accept_any_credentials: bool = False
    control_token: str | None = None
    scenarios: tuple[Path, ...] = ()
    allow_targets: tuple[str, ...] = ()
    mounts: tuple[str, ...] = ()
    body_limit: int = 8 * 1024 * 1024
    raise_bugs: bool = False
    tls_port: int | None = None

    def hosts_of(self, vendors: Iterable[str]) -> dict[str, list[str]]:
        """The hosts of `mounts` by vendor.

        Raises:
            SettingsError: a line of another form, or a vendor that does not exist.
        """
        found: dict[str, list[str]] = {name: [] for name in vendors}
        for line in self.mounts:
            vendor, _, host = line.partition("=")
            if vendor not in found or not host:
                raise SettingsError(f"{line!r} is no VENDOR=HOST; vendors are {', '.join(found)}.")
            found[vendor].append(host.lower())
        return found

    @property
    def tls_folder(self) -> Path:
        """Where the authority of the TLS front lies."""
        return self.storage / "tls"

    @property
    def url(self) -> str:
        """The address of the server as clients on this machine write it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


_LISTS = {"scenarios": Path, "allow_targets": str, "mounts": str}
_NUMBERS = {"port", "workers", "body_limit", "tls_port"}
_SWITCHES = {"accept_any_credentials", "shared", "raise_bugs"}


def load_settings(
    given: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    config: Path | None = None,
) -> Settings:
    """Settings from arguments, then MOCKSERVER_* variables, then `[tool.mockserver]` of a pyproject.toml.

    Raises:
        SettingsError: an unknown name, a value of the wrong form, or a combination that is unsafe.
    """
    values = _from_file(config or Path("pyproject.toml"), required=config is not None)
    values |= _from_environment(os.environ if environ is None else environ)
    values |= {name: value for name, value in (given or {}).items() if value is not None}
    return _checked(Settings(**{name: _converted(name, value) for name, value in values.items()}))


def _from_file(path: Path, *, required: bool) -> dict[str, Any]:
    if not path.is_file():
        if required:
            raise SettingsError(f"The configuration file {path} does not exist.")
        return {}
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        if not required:  # somebody's broken pyproject.toml is not our business unless we were sent to it
            return {}
        raise SettingsError(f"The configuration file {path} is not TOML: {error}.") from error
    own = table.get("tool", {}).get("mockserver", {} if path.name == "pyproject.toml" else table)
    values = {name.replace("-", "_"): value for name, value in own.items()}
    known = {field.name for field in fields(Settings)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise SettingsError(f"{path} sets {', '.join(unknown)}; known are {', '.join(sorted(known))}.")
    return values


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    names = {field.name for field in fields(Settings)}
    return {name: environ[key] for name in names if (key := f"MOCKSERVER_{name.upper()}") in environ}


def _converted(name: str, value: Any) -> Any:
    try:
        if name in _LISTS:
            items = value.split(os.pathsep if name == "scenarios" else ",") if isinstance(value, str) else value
            return tuple(_LISTS[name](item) for item in items if str(item).strip())
        if name in _NUMBERS:
            return int(value)
    except (TypeError, ValueError) as error:
        raise SettingsError(f"{name} is {value!r}; a {'list' if name in _LISTS else 'number'} is wanted.") from error
    if name in _SWITCHES:
        return value if isinstance(value, bool) else str(value).lower() in {"1", "true", "yes", "on"}
    return _folder(value) if name == "storage" else value


def _folder(value: Any) -> Path:
    if "://" in str(value):
        raise SettingsError(f"The storage is {value}; a folder is wanted.")
    return Path(value)


def _checked(settings: Settings) -> Settings:
    for port in (settings.port, settings.tls_port or 0):
        if not 0 <= port <= 65535:
            raise SettingsError(f"The port is {port}; a number from 0 to 65535 is wanted.")
    if settings.workers < 1:
        raise SettingsError(f"workers is {settings.workers}; at least 1 is wanted.")
    if not is_loopback(settings.host) and not settings.control_token:
        raise SettingsError(
            f"{settings.host} can be reached by other machines: give --control-token SECRET, which the control API and "
            "the pages will then ask for, or bind to 127.0.0.1."
        )
    return settings


def is_loopback(host: str) -> bool:
    """Whether a host's name is this machine's alone."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
