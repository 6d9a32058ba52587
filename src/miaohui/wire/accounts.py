"""Accounts, devices, limits."""

from enum import StrEnum
from typing import Literal

from .frame import Command, Request, Result, Value, Whole


class Role(StrEnum):
    """What an account may do."""

    CUSTOMER = "customer"
    RESPONDER = "responder"
    OWNER = "owner"
    HOST = "host"


class Account(Value, frozen=True, kw_only=True):
    """The signed-in account as it sees itself. ``shop`` is set for responders and owners."""

    account: str
    name: str
    display: str
    role: Role
    shop: str | None = None
    shop_name: str | None = None


class SignUp(Request, frozen=True, kw_only=True):
    """Makes an account and signs this device in. An ``invite`` gives a role and a shop."""

    name: str
    password: str
    display: str = ""
    device_name: str = ""
    invite: str | None = None


class SignIn(Request, frozen=True, kw_only=True):
    """Signs this device in."""

    name: str
    password: str
    device_name: str = ""


class SignedIn(Result, frozen=True, kw_only=True):
    """``token``: opaque, 256 bits, for ``hello`` from now on; shown once."""

    account: Account
    token: str


class SignOut(Request, frozen=True, kw_only=True):
    """Revokes this device's token."""


class ListDevices(Request, frozen=True, kw_only=True):
    """Which devices are signed in."""


class Device(Value, frozen=True, kw_only=True):
    """One signed-in device."""

    token_id: str
    name: str
    created_utc: str
    seen_utc: str
    here: bool


class Devices(Result, frozen=True, kw_only=True):
    devices: list[Device]


class RevokeDevice(Command, frozen=True, kw_only=True):
    """Takes a device's token back; its live connections end within a second."""

    token_id: str


class DeleteAccount(Request, frozen=True, kw_only=True):
    """Ends the account for good; not while an order of it is open. Names, messages and pictures are
    erased here and, by the erase list, in whatever copy is restored later; receipts, figures and
    money stay under an id that names nobody. Every device is signed out."""

    password: str


class SetDisplay(Command, frozen=True, kw_only=True):
    """The name that others see."""

    display: str


class SetLimits(Command, frozen=True, kw_only=True):
    """The customer's own limits, kept by the relay: fen a calendar month, and hours of the day
    (customer's local time, 0-23) in which nothing can be bought. null: no limit."""

    month_fen: Whole | None = None
    quiet_from: Whole | None = None
    quiet_to: Whole | None = None
    utc_offset_min: Whole = 480


class GetWallet(Request, frozen=True, kw_only=True):
    """Balance, spending and limits."""


class Wallet(Result, frozen=True, kw_only=True):
    """All sums in fen; ``spent_month_fen`` is net of refunds."""

    balance_fen: Whole
    spent_month_fen: Whole
    month_fen: Whole | None = None
    quiet_from: Whole | None = None
    quiet_to: Whole | None = None
    practice: bool = True


class Done(Result, frozen=True, kw_only=True):
    """Carried out; nothing else to say."""


Presence = Literal["on", "break", "off"]
