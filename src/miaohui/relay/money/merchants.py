"""Which providers a host takes money by, from the ``[payments]`` tables of the settings file.

Keys lie in files of their own, named relative to the settings. The providers' libraries are imported
only for what is configured: they come with ``miaohui[payments]``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from miaohui.relay.money.accounts import ShopAccounts
from miaohui.relay.money.payments import PaymentProvider
from miaohui.runtime.arguments import reason
from miaohui.runtime.clock import Clock

Build = Callable[[Clock], PaymentProvider]
_COMMON: Final = {"shop", "shops", "gateway", "notify_url"}
_KNOWN: Final[Mapping[str, frozenset[str]]] = {
    "wechat": frozenset(
        _COMMON
        | {"appid", "mchid", "serial", "key_file", "apiv3_key_file", "public_key_file"}
        | {"public_key_id"}
    ),
    "stripe": frozenset(
        {"shop", "shops", "gateway", "key_file", "webhook_secret_file", "currency", "return_url"}
    ),
    "alipay": frozenset(_COMMON | {"app_id", "key_file", "public_key_file", "seller_id"}),
}


class MerchantFault(Exception):
    """A table that says nothing sound; the text is the sentence."""


@dataclass(frozen=True, slots=True)
class Merchants:
    """How to make the providers that are configured; none where nothing is."""

    builds: tuple[Build, ...] = ()

    def providers(self, clock: Clock) -> list[PaymentProvider]:
        return [build(clock) for build in self.builds]


NO_MERCHANTS: Final = Merchants()


class _Table:
    """One provider's table."""

    def __init__(self, name: str, given: Any, folder: Path) -> None:
        self.name = name
        self._folder = folder
        if not isinstance(given, dict):
            raise MerchantFault(f"payments.{name} is a table")
        self._given: dict[str, Any] = given
        for key in given:
            if key not in _KNOWN[name]:
                raise MerchantFault(f"payments.{name} has no setting {key!r}")

    def text(self, key: str, default: str | None = None) -> str:
        value = self._given.get(key, default)
        if not isinstance(value, str) or (default is None and not value):
            raise MerchantFault(f"payments.{self.name}.{key} is missing, or no text")
        return value

    def secret(self, key: str) -> str:
        """What lies in the file; readable by its owner alone."""
        path = self._folder / self.text(key)
        try:
            return path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = reason(error) if isinstance(error, OSError) else "no text"
            raise MerchantFault(f"payments.{self.name}.{key}: {path}: {why}") from None

    def has(self, key: str) -> bool:
        return key in self._given

    def accounts(self) -> ShopAccounts:
        """``shop``: whose own keys these are; ``shops``: shop → its account under the host's."""
        shop, shops = self._given.get("shop"), self._given.get("shops")
        if (shop is None) == (shops is None):
            raise MerchantFault(
                f"payments.{self.name} names either the shop whose keys these are, or shops with"
                " their accounts: money is never collected for others"
            )
        if shop is not None:
            return ShopAccounts({self.text("shop"): ""})
        if (
            not isinstance(shops, dict)
            or not shops
            or not all(isinstance(each, str) and each for each in shops.values())
        ):
            raise MerchantFault(f"payments.{self.name}.shops is a table of shop = account")
        return ShopAccounts(dict(shops))


def merchants_of(given: Any, folder: Path) -> Merchants:
    """MerchantFault where a table is unsound, a key cannot be read, or a library is missing."""
    if not isinstance(given, dict):
        raise MerchantFault("payments is a table")
    builds = []
    for name, table in given.items():
        if name not in _KNOWN:
            raise MerchantFault(f"no provider {name!r}: {', '.join(_KNOWN)}")
        try:
            builds.append(_BUILDS[name](_Table(name, table, folder)))
        except ImportError as error:
            raise MerchantFault(
                f"payments.{name} needs {error.name}: install miaohui[payments]"
            ) from None
        except (ValueError, TypeError) as error:
            raise MerchantFault(f"payments.{name}: a key cannot be used: {error}") from None
    return Merchants(tuple(builds))


def _wechat(table: _Table) -> Build:
    from cryptography.hazmat.primitives.serialization import (
        load_pem_private_key,
        load_pem_public_key,
    )

    from miaohui.relay.money.wechatpay import GATEWAY, WechatKeys, WechatProvider
    from miaohui.runtime.clock import SystemClock

    keys = WechatKeys(
        appid=table.text("appid"),
        mchid=table.text("mchid"),
        serial=table.text("serial"),
        private_key=table.secret("key_file"),
        apiv3_key=table.secret("apiv3_key_file"),
        public_key=table.secret("public_key_file"),
        public_key_id=table.text("public_key_id"),
        notify_url=table.text("notify_url", ""),
        partner=table.has("shops"),
        gateway=table.text("gateway", GATEWAY),
    )
    if len(keys.apiv3_key.encode()) != 32:
        raise ValueError("the APIv3 key has 32 characters")
    load_pem_private_key(keys.private_key.encode(), None)
    load_pem_public_key(keys.public_key.encode())
    accounts = table.accounts()
    WechatProvider(keys, accounts, SystemClock())  # the keys are looked at now
    return lambda clock: WechatProvider(keys, accounts, clock)


def _alipay(table: _Table) -> Build:
    from miaohui.relay.money.alipay import GATEWAY, AlipayKeys, AlipayProvider
    from miaohui.runtime.clock import SystemClock

    keys = AlipayKeys(
        app_id=table.text("app_id"),
        private_key=table.secret("key_file"),
        public_key=table.secret("public_key_file"),
        seller_id=table.text("seller_id", ""),
        notify_url=table.text("notify_url", ""),
        partner=table.has("shops"),
        gateway=table.text("gateway", GATEWAY),
    )
    accounts = table.accounts()
    AlipayProvider(keys, accounts, SystemClock())
    return lambda clock: AlipayProvider(keys, accounts, clock)


def _stripe(table: _Table) -> Build:
    from miaohui.relay.money.stripepay import API, StripeKeys, StripeProvider

    keys = StripeKeys(
        key=table.secret("key_file"),
        webhook_secret=table.secret("webhook_secret_file")
        if table.has("webhook_secret_file")
        else "",
        currency=table.text("currency", "cny").lower(),
        return_url=table.text("return_url", "https://stripe.com"),
        gateway=table.text("gateway", API),
    )
    accounts = table.accounts()
    return lambda clock: StripeProvider(keys, accounts, clock)


_BUILDS: Final[Mapping[str, Callable[[_Table], Build]]] = {
    "wechat": _wechat,
    "alipay": _alipay,
    "stripe": _stripe,
}
