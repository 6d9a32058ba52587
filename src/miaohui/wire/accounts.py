"""Accounts, devices, limits."""

from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta

from .bounds import Hour, Id, Name, Offset, Password, Secret, Sum, Utc
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
    """Ends the account for good; not while an order of it is open. Names, messages and pictures are
    erased here and, by the erase list, in whatever copy is restored later; receipts, figures and
    money stay under an id that names nobody. Every device is signed out."""

    password: Password


class SetDisplay(Command, frozen=True, kw_only=True):
    """The name that others see."""

    display: Name


class SetLimits(Command, frozen=True, kw_only=True):
    """The customer's own limits, kept by the relay: fen a calendar month, and hours of the day
    (customer's local time, 0-23) in which nothing can be bought. null: no limit."""

    month_fen: Sum | None = None
    quiet_from: Hour | None = None
    quiet_to: Hour | None = None
    utc_offset_min: Offset = 480


class GetWallet(Request, frozen=True, kw_only=True):
    """Balance, spending and limits."""


class Wallet(Result, frozen=True, kw_only=True):
    """All sums in fen; ``spent_month_fen`` is net of refunds."""

    balance_fen: Sum
    spent_month_fen: Sum
    month_fen: Sum | None = None
    quiet_from: Hour | None = None
    quiet_to: Hour | None = None
    practice: bool = True


class Done(Result, frozen=True, kw_only=True):
    """Carried out; nothing else to say."""


Presence = Literal["on", "break", "off"]
