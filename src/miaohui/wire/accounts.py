"""Accounts, devices, limits."""

from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta

from .bounds import Count, Hour, Id, Minutes, Name, Offset, Password, Secret, Sum, Utc, Word
from .frame import Command, Frame, Request, Result, Value


class Role(StrEnum):
    """What an account may do."""

    CUSTOMER = "customer"
    RESPONDER = "responder"
    OWNER = "owner"
    HOST = "host"


class Account(Value, frozen=True, kw_only=True):
    """The signed-in account as it sees itself. ``shop`` is set for responders and owners."""

    account: Id
    name: Name
    display: Name
    role: Role
    shop: Id | None = None
    shop_name: Name | None = None


class SignUp(Request, frozen=True, kw_only=True):
    """Makes an account and signs this device in. An ``invite`` gives a role and a shop."""

    name: Name
    password: Password
    display: Name = ""
    device_name: Name = ""
    invite: Secret | None = None


class SignIn(Request, frozen=True, kw_only=True):
    """Signs this device in."""

    name: Name
    password: Password
    device_name: Name = ""


class SignedIn(Result, frozen=True, kw_only=True):
    """``token``: opaque, 256 bits, for ``hello`` from now on; shown once."""

    account: Account
    token: Secret


class Recover(Request, frozen=True, kw_only=True):
    """Sets a new password by the recovery code, and signs this device in: every other device is
    signed out, and the code is used up."""

    name: Name
    code: Secret
    password: Password
    device_name: Name = ""


class ChangePassword(Request, frozen=True, kw_only=True):
    """A new password for who knows the old one; every other device is signed out."""

    old: Password
    new: Password


class MakeRecovery(Request, frozen=True, kw_only=True):
    """A recovery code, for who knows the password; one made before is worth nothing any more."""

    password: Password


class RecoveryMade(Result, frozen=True, kw_only=True):
    """``code``: to be written down by a person; shown once."""

    code: Secret


class SignOut(Request, frozen=True, kw_only=True):
    """Revokes this device's token."""


class ListDevices(Request, frozen=True, kw_only=True):
    """Which devices are signed in."""


class Device(Value, frozen=True, kw_only=True):
    """One signed-in device."""

    token_id: Id
    name: Name
    created_utc: Utc
    seen_utc: Utc
    here: bool


class Devices(Result, frozen=True, kw_only=True):
    devices: Annotated[list[Device], Meta(max_length=128)]


class DeviceAdded(Frame, frozen=True, kw_only=True):
    """Pushed to the account's other devices: one was signed in."""

    device: Device


class RevokeDevice(Command, frozen=True, kw_only=True):
    """Takes a device's token back; its live connections end within a second."""

    token_id: Id


class DeleteAccount(Request, frozen=True, kw_only=True):
    """Ends the account for good; not while an order of it is open (``open_orders``). With the last
    owner's account the shop closes, as by ``close_shop``, and loses its description; not while an
    order of the shop's is open (``shop_orders``). Names, messages and pictures are
    erased here and, by the erase list, in whatever copy is restored later; receipts, figures and
    money stay under an id that names nobody. Every device is signed out."""

    password: Password


class SetDisplay(Command, frozen=True, kw_only=True):
    """The name that others see."""

    display: Name


class SetLimits(Command, frozen=True, kw_only=True):
    """The customer's own limits, kept by the relay; null: no limit. Fen a purchase, a day and a
    calendar month, minutes bought a day, and hours of the day (0-23) in which nothing can be bought,
    all by the customer's zone (its IANA name; without one, a fixed offset). A lower limit holds at
    once, a higher one after 24 hours."""

    purchase_fen: Sum | None = None
    day_fen: Sum | None = None
    month_fen: Sum | None = None
    day_minutes: Minutes | None = None
    quiet_from: Hour | None = None
    quiet_to: Hour | None = None
    zone: Word | None = None
    utc_offset_min: Offset = 480


class StopBuying(Command, frozen=True, kw_only=True):
    """No purchases for seven days; it cannot be taken back."""


class DeclareAge(Command, frozen=True, kw_only=True):
    """Whether the holder is 18 or older. Nothing is sold to a minor, nor, for real money, to anybody
    who has not said."""

    adult: bool


class GetWallet(Request, frozen=True, kw_only=True):
    """Balance, spending and limits."""


class WantedLimits(Value, frozen=True, kw_only=True):
    """Limits that hold from ``from_utc`` on."""

    from_utc: Utc
    purchase_fen: Sum | None = None
    day_fen: Sum | None = None
    month_fen: Sum | None = None
    day_minutes: Minutes | None = None
    quiet_from: Hour | None = None
    quiet_to: Hour | None = None
    zone: Word | None = None


class Wallet(Result, frozen=True, kw_only=True):
    """All sums in fen; what was spent is net of refunds. Days and months are the customer's."""

    balance_fen: Sum
    spent_month_fen: Sum
    spent_day_fen: Sum = 0
    minutes_day: Minutes = 0
    last_month_fen: Sum = 0
    last_month_sessions: Count = 0
    last_month_minutes: Minutes = 0
    purchase_fen: Sum | None = None
    day_fen: Sum | None = None
    month_fen: Sum | None = None
    day_minutes: Minutes | None = None
    quiet_from: Hour | None = None
    quiet_to: Hour | None = None
    zone: Word | None = None
    wanted: WantedLimits | None = None
    stopped_until_utc: Utc | None = None
    age: Literal["adult", "minor"] | None = None
    practice: bool = True


class Done(Result, frozen=True, kw_only=True):
    """Carried out; nothing else to say."""


Presence = Literal["on", "break", "off"]
