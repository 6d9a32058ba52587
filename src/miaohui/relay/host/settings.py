"""A host's settings in a file: every option of ``relay serve``; what may change while the relay
runs, read anew on SIGHUP; and the providers that it takes money by, read at the start."""

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final

from miaohui.relay.money.merchants import NO_MERCHANTS, MerchantFault, Merchants, merchants_of
from miaohui.relay.net.admission import USUAL, AdmissionLimits
from miaohui.relay.net.origin import Network, network
from miaohui.runtime.arguments import reason

LEVELS: Final = ("debug", "info", "warning", "error")
_NUMBERS: Final = {
    each.name: type(getattr(USUAL, each.name))
    for each in fields(AdmissionLimits)
    if isinstance(getattr(USUAL, each.name), int | float)
}
# Every other option of `relay serve`; these need a restart.
FLAGS: Final[dict[str, tuple[type, ...]]] = {
    "data": (str,),
    "new": (bool,),
    "listen": (str,),
    "tls_cert": (str,),
    "tls_key": (str,),
    "practice": (bool,),
    "review_after": (int, float),
    "ops": (str,),
    "notices": (str,),
    "log_listen": (str,),
    "log_origin": (str,),
    "log_format": (str,),
    "price_floor": (int,),
    "help_lines": (str,),
    "keep_words": (int,),
    "name": (str,),
    "until_stdin_closes": (bool,),
}
_KINDS: Final = {bool: "true or false", str: "a text", int: "a number", float: "a number"}
_KEYS: Final = ("trusted_proxy", "log_level", "limits", "payments", *FLAGS)


class SettingsFault(Exception):
    """A file that says nothing sound; the text is the sentence."""


@dataclass(frozen=True, slots=True)
class HostSettings:
    """What the file says; what it leaves out is as usual."""

    proxies: tuple[Network, ...] = ()
    log_level: str | None = None
    admission: AdmissionLimits = USUAL
    merchants: Merchants = NO_MERCHANTS  # read at the start alone
    flags: Mapping[str, str | float | bool] = field(default_factory=dict)


def read(path: Path) -> HostSettings:
    """SettingsFault where the file cannot be read, or has a key or a value that means nothing."""
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        why = reason(error) if isinstance(error, OSError) else str(error)
        raise SettingsFault(f"{path}: {why}") from None
    try:
        return _settings(given, path.parent)
    except (SettingsFault, MerchantFault) as fault:
        raise SettingsFault(f"{path}: {fault}") from None


def _settings(given: dict[str, Any], folder: Path) -> HostSettings:
    _known(given, _KEYS)
    level = given.get("log_level")
    if level is not None and level not in LEVELS:
        raise SettingsFault(f"log_level is one of {', '.join(LEVELS)}")
    proxies = given.get("trusted_proxy", [])
    if not isinstance(proxies, list) or not all(isinstance(each, str) for each in proxies):
        raise SettingsFault("trusted_proxy is a list of addresses or nets")
    numbers = given.get("limits", {})
    if not isinstance(numbers, dict):
        raise SettingsFault("limits is a table")
    _known(numbers, _NUMBERS)
    for name, value in numbers.items():
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not (whole or (_NUMBERS[name] is float and isinstance(value, float))) or not value > 0:
            raise SettingsFault(f"limits.{name} is a number above 0")
    try:
        nets = tuple(network(each) for each in proxies)
    except ValueError as error:
        raise SettingsFault(f"trusted_proxy: {error}") from None
    flags = {name: value for name, value in given.items() if name in FLAGS}
    for name, value in flags.items():
        kinds = FLAGS[name]
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise SettingsFault(f"{name} is {_KINDS[kinds[0]]}")
    merchants = merchants_of(given.get("payments", {}), folder)
    return HostSettings(nets, level, replace(USUAL, **numbers), merchants, flags)


def _known(given: dict[str, Any], names: Any) -> None:
    for name in given:
        if name not in names:
            near = difflib.get_close_matches(name, list(names), 1)
            raise SettingsFault(f"no setting {name!r}{f': {near[0]!r}?' if near else ''}")
