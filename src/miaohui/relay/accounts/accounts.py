"""Accounts: who someone is, and the token by which a device shows it."""

import secrets
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from miaohui.relay.accounts import invites, passwords
from miaohui.relay.accounts.login_throttle import FREE_ANYWHERE, Attempts
from miaohui.relay.directory import names, people, search
from miaohui.relay.money import ledger
from miaohui.relay.ports import Caller, Handler, PushPort, Refused
from miaohui.relay.storage import control, idempotency
from miaohui.relay.storage.disk import Disk, DiskState
from miaohui.relay.storage.ids import new_id, new_secret, stored
from miaohui.relay.storage.store import Store
from miaohui.runtime.clock import Clock, rfc3339
from miaohui.runtime.tasks import Tasks
from miaohui.wire.accounts import (
    ChangePassword,
    Device,
    DeviceAdded,
    Devices,
    Done,
    ListDevices,
    MakeRecovery,
    Recover,
    RecoveryMade,
    RevokeDevice,
    Role,
    SetDisplay,
    SignIn,
    SignUp,
)
from miaohui.wire.errors import Code
from miaohui.wire.frame import Request, Result

# Written at most once in so long: a device that reconnects every second need not write each time.
SEEN_EVERY_MS = 60_000
DEVICE_NAME_CHARS = 64
UNUSED_MS = 90 * 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class AccountIdentity:
    """A signed-in account on one device."""

    account: str
    role: Role
    shop: str | None
    display: str
    token_id: str
    name: str
    shop_name: str | None


_IDENTITY = """
    SELECT a.account, a.role, a.shop, a.display, t.token_id, a.name, s.name, t.seen_ms
      FROM tokens t JOIN accounts a USING (account) LEFT JOIN shops s ON s.shop = a.shop
     WHERE t.hash = ? AND t.device = ? AND t.revoked_ms IS NULL AND a.banned_ms IS NULL
"""


def _identity(row: tuple[str, str, str | None, str, str, str, str | None, int]) -> AccountIdentity:
    return AccountIdentity(
        account=row[0],
        role=Role(row[1]),
        shop=row[2],
        display=row[3],
        token_id=row[4],
        name=row[5],
        shop_name=row[6],
    )


def revoke_in(conn: sqlite3.Connection, token_id: str, now_ms: int) -> None:
    """Takes one token back; the caller cuts the connections after the commit."""
    conn.execute(
        "UPDATE tokens SET revoked_ms = ? WHERE token_id = ? AND revoked_ms IS NULL",
        (now_ms, token_id),
    )


def make_account_in(
    conn: sqlite3.Connection,
    *,
    name: str,
    display: str,
    role: Role,
    shop: str | None,
    sealed: str,
    now_ms: int,
    account: str | None = None,
) -> str:
    """A new account, its name already clean; Refused(NAME_TAKEN). An ``account`` is given where
    its id comes from a catalogue."""
    account = new_id() if account is None else account
    try:
        conn.execute(
            "INSERT INTO accounts (account, name, name_key, display, role, shop, password,"
            " created_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (account, name, names.key_of(name), display, role, shop, sealed, now_ms),
        )
    except sqlite3.IntegrityError:
        raise Refused(Code.NAME_TAKEN) from None
    return account


def _set_password_in(
    conn: sqlite3.Connection, account: str, sealed: str, now_ms: int, *, besides: str
) -> list[str]:
    """A new password; the tokens of all devices but one are taken back, and named."""
    conn.execute("UPDATE accounts SET password = ? WHERE account = ?", (sealed, account))
    rows = conn.execute(
        "UPDATE tokens SET revoked_ms = ? WHERE account = ? AND token_id <> ?"
        " AND revoked_ms IS NULL RETURNING token_id",
        (now_ms, account, besides),
    ).fetchall()
    return [token_id for (token_id,) in rows]


class Accounts:
    """Sign-up, sign-in, devices. On a practice relay a new customer gets practice money.
    ``address``: where somebody sits, as ``Origin.host`` has it."""

    def __init__(
        self,
        store: Store,
        push: PushPort,
        clock: Clock,
        tasks: Tasks,
        *,
        practice: bool,
        came: Callable[[str], Awaitable[None]] | None = None,
        disk: Disk | None = None,
    ) -> None:
        """``came`` is told of somebody who answers, before they hear that they are signed in: the
        host may have made them known, or unbanned them, a moment ago."""
        self._came = came
        self._disk = disk
        self._store = store
        self._push = push
        self._clock = clock
        self._tasks = tasks
        self._practice = practice
        self._passwords = passwords.Passwords()
        self._attempts = Attempts()

    def handlers(self) -> dict[type[Request], Handler]:
        return {
            ListDevices: self._list_devices,
            RevokeDevice: self._revoke_device,
            SetDisplay: self._set_display,
            ChangePassword: self._change_password,
            MakeRecovery: self._make_recovery,
        }

    def close(self) -> None:
        self._passwords.close()

    # --- signing in and out ------------------------------------------------------------------
    async def by_token(self, token: str, device: str) -> AccountIdentity | None:
        """The holder of a token on this device; None where it is not, or no longer, good."""
        digest = stored(token)
        row = await self._store.read(
            lambda conn: conn.execute(_IDENTITY, (digest, device)).fetchone()
        )
        if row is None:
            return None
        now = self._clock.utc_ms()
        if now - row[7] > UNUSED_MS:
            token_id: str = row[4]
            await self._store.write(lambda conn: revoke_in(conn, token_id, now))
            return None
        if now - row[7] > SEEN_EVERY_MS:
            await self._store.write(
                lambda conn: (
                    conn.execute(
                        "UPDATE tokens SET seen_ms = ? WHERE hash = ?", (now, digest)
                    ).rowcount
                )
            )
        return _identity(row)

    async def sign_up(
        self, frame: SignUp, device: str, address: str
    ) -> tuple[AccountIdentity, str]:
        """Makes an account and signs the device in."""
        if self._disk is not None:
            self._disk.want(DiskState.NO_SIGN_UPS, "sign_up")
        name = names.nobodys(names.sign_in_name(frame.name))
        display = names.display_name(frame.display) if frame.display.strip() else name
        names.nobodys(display)
        passwords.check(frame.password, name)
        key = names.key_of(name)
        taken = await self._store.read(
            lambda conn: conn.execute(
                "SELECT 1 FROM accounts WHERE name_key = ?", (key,)
            ).fetchone()
        )
        if taken:
            raise Refused(Code.NAME_TAKEN)
        sealed = await self._passwords.seal(frame.password)
        now = self._clock.utc_ms()

        def job(conn: sqlite3.Connection) -> tuple[AccountIdentity, str]:
            invited = None
            if frame.invite is not None:
                invited = invites.look_in(conn, frame.invite, now)
            account = make_account_in(
                conn,
                name=name,
                display=display,
                role=invited.role if invited else Role.CUSTOMER,
                shop=invited.shop if invited else None,
                sealed=sealed,
                now_ms=now,
            )
            if invited:
                invites.use_in(conn, invited, account, display, now)
            elif self._practice:
                ledger.grant_in(conn, account, now)
            return self._token_in(conn, account, device, frame.device_name, now)

        identity, token = await self._store.write(job)
        await self._tell_came(identity)
        return identity, token

    async def sign_in(
        self, frame: SignIn, device: str, address: str
    ) -> tuple[AccountIdentity, str]:
        """Signs the device in. A wrong name and a wrong password are the same to the asker."""
        row = await self._proven(frame.name, frame.password, device, address)
        utc = self._clock.utc_ms()
        identity, token = await self._store.write(
            lambda conn: self._token_in(conn, row[0], device, frame.device_name, utc)
        )
        await self._tell_came(identity)
        self._tell_others(identity, frame.device_name, utc)
        return identity, token

    async def recover(
        self, frame: Recover, device: str, address: str
    ) -> tuple[AccountIdentity, str]:
        """A new password by the recovery code; every other device is signed out."""
        key, now = names.key_of(frame.name.strip()), self._clock.mono()
        where = f"recover {address} {key}"
        self._attempts.check(where, now)
        passwords.check(frame.password, frame.name)
        sealed = await self._passwords.seal(frame.password)
        code, utc = passwords.recovery_form(frame.code), self._clock.utc_ms()

        def job(conn: sqlite3.Connection) -> tuple[AccountIdentity, str] | None:
            row = conn.execute(
                "SELECT account, recovery FROM accounts WHERE name_key = ?", (key,)
            ).fetchone()
            if row is None or row[1] is None or not secrets.compare_digest(row[1], code):
                return None
            _set_password_in(conn, row[0], sealed, utc, besides="")
            conn.execute("UPDATE accounts SET recovery = NULL WHERE account = ?", (row[0],))
            return self._token_in(conn, row[0], device, frame.device_name, utc)

        made = await self._store.write(job)
        if made is None:
            self._attempts.failed(where, now)
            raise Refused(Code.WRONG_CREDENTIALS)
        self._attempts.forget(where)
        await self._tell_came(made[0])
        self._push.cut(made[0].account, Code.TOKEN_REVOKED)
        return made

    async def _proven(
        self, name: str, password: str, device: str, address: str
    ) -> tuple[str, str, int | None]:
        """(account, sealed password, banned_ms) of who knows the password. Failures count by name
        and place; a device that the account has used before never waits for what others failed,
        nor does its own right password."""
        key, now = names.key_of(name.strip()), self._clock.mono()
        where, anywhere = f"{address} {key}", f"anywhere {key}"

        def job(conn: sqlite3.Connection) -> tuple[tuple[str, str, int | None] | None, bool]:
            row = conn.execute(
                "SELECT account, password, banned_ms FROM accounts WHERE name_key = ?", (key,)
            ).fetchone()
            known = (
                row is not None
                and conn.execute(
                    "SELECT 1 FROM tokens WHERE device = ? AND account = ?", (device, row[0])
                ).fetchone()
            )
            return row, bool(known)

        row, known = await self._store.read(job)
        if not known:
            self._attempts.check(where, now)
            self._attempts.check(anywhere, now, free=FREE_ANYWHERE)
        if not await self._passwords.fits(row[1] if row else None, password) or row is None:
            self._attempts.failed(where, now)
            self._attempts.failed(anywhere, now)
            raise Refused(Code.WRONG_CREDENTIALS)
        if row[2] is not None:
            raise Refused(Code.BANNED)
        self._attempts.forget(where)
        return row

    async def _tell_came(self, identity: AccountIdentity) -> None:
        if identity.role is Role.RESPONDER and self._came is not None:
            await self._came(identity.account)

    def _tell_others(self, identity: AccountIdentity, device_name: str, utc: int) -> None:
        """The account's other devices hear of a sign-in; the new one is not there yet."""
        device = Device(
            token_id=identity.token_id,
            name=device_name[:DEVICE_NAME_CHARS],
            created_utc=rfc3339(utc),
            seen_utc=rfc3339(utc),
            here=False,
        )
        self._push.push(identity.account, DeviceAdded(device=device))

    async def sign_out(self, caller: Caller) -> None:
        """Takes this device's token back and ends its connections."""
        now = self._clock.utc_ms()
        await self._store.write(lambda conn: revoke_in(conn, caller.token_id, now))
        self._push.cut(caller.account, Code.TOKEN_REVOKED, token_id=caller.token_id)

    def _token_in(
        self, conn: sqlite3.Connection, account: str, device: str, device_name: str, now: int
    ) -> tuple[AccountIdentity, str]:
        conn.execute(
            "UPDATE tokens SET revoked_ms = ?"
            " WHERE account = ? AND device = ? AND revoked_ms IS NULL",
            (now, account, device),
        )
        token = new_secret()
        conn.execute(
            "INSERT INTO tokens (token_id, hash, account, device, device_name, created_ms, seen_ms)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (new_id(), stored(token), account, device, device_name[:DEVICE_NAME_CHARS], now, now),
        )
        row = conn.execute(_IDENTITY, (stored(token), device)).fetchone()
        if row is None:
            raise Refused(Code.BANNED)
        return _identity(row), token

    # --- the password ------------------------------------------------------------------------
    async def holds(self, account: str, password: str) -> bool:
        """True where the password is this account's; hashing is dear, so every try counts."""
        key, now = f"own {account}", self._clock.mono()
        self._attempts.check(key, now)
        self._attempts.failed(key, now)
        row = await self._store.read(
            lambda conn: conn.execute(
                "SELECT password FROM accounts WHERE account = ?", (account,)
            ).fetchone()
        )
        return await self._passwords.fits(row[0] if row else None, password)

    async def _own_password(self, caller: Caller, password: str) -> None:
        if not await self.holds(caller.account, password):
            raise Refused(Code.WRONG_CREDENTIALS)

    async def _change_password(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, ChangePassword)
        passwords.check(request.new)
        await self._own_password(caller, request.old)
        sealed = await self._passwords.seal(request.new)
        now = self._clock.utc_ms()
        others = await self._store.write(
            lambda conn: _set_password_in(
                conn, caller.account, sealed, now, besides=caller.token_id
            )
        )
        for token_id in others:
            self._push.cut(caller.account, Code.TOKEN_REVOKED, token_id=token_id)
        return Done()

    async def _make_recovery(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, MakeRecovery)
        await self._own_password(caller, request.password)
        code = passwords.new_recovery_code()
        await self._store.write(
            lambda conn: (
                conn.execute(
                    "UPDATE accounts SET recovery = ? WHERE account = ?",
                    (passwords.recovery_form(code), caller.account),
                ).rowcount
            )
        )
        return RecoveryMade(code=code)

    async def forget_unused(self, most: int) -> int:
        """How many tokens of devices that were not seen for long were taken back: at most so
        many, the longest unseen first."""
        now = self._clock.utc_ms()

        def job(conn: sqlite3.Connection) -> int:
            return conn.execute(
                "UPDATE tokens SET revoked_ms = ? WHERE token_id IN (SELECT token_id FROM tokens"
                " WHERE revoked_ms IS NULL AND seen_ms < ? ORDER BY seen_ms LIMIT ?)",
                (now, now - UNUSED_MS, most),
            ).rowcount

        return await self._store.write(job)

    # --- devices and the name that others see ------------------------------------------------
    async def _list_devices(self, caller: Caller, request: Request) -> Result:
        rows = await self._store.read(
            lambda conn: conn.execute(
                "SELECT token_id, device_name, created_ms, seen_ms FROM tokens"
                " WHERE account = ? AND revoked_ms IS NULL ORDER BY created_ms DESC LIMIT 100",
                (caller.account,),
            ).fetchall()
        )
        return Devices(
            devices=[
                Device(
                    token_id=token_id,
                    name=name,
                    created_utc=rfc3339(created),
                    seen_utc=rfc3339(seen),
                    here=token_id == caller.token_id,
                )
                for token_id, name, created, seen in rows
            ]
        )

    async def _revoke_device(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, RevokeDevice)
        now = self._clock.utc_ms()

        def job(conn: sqlite3.Connection) -> Result:
            known = idempotency.known_in(conn, caller, request)
            if known is not None:
                return known
            mine = conn.execute(
                "SELECT 1 FROM tokens WHERE token_id = ? AND account = ?",
                (request.token_id, caller.account),
            ).fetchone()
            if mine is None:
                raise Refused(Code.NOT_FOUND, "token_id")
            revoke_in(conn, request.token_id, now)
            idempotency.remember_in(conn, caller, request, Done())
            return Done()

        answer = await self._store.write(job)
        self._push.cut(caller.account, Code.TOKEN_REVOKED, token_id=request.token_id)
        return answer

    async def _set_display(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, SetDisplay)
        display = names.nobodys(names.display_name(request.display))
        now = self._clock.utc_ms()

        def job(conn: sqlite3.Connection) -> Result:
            known = idempotency.known_in(conn, caller, request)
            if known is not None:
                return known
            conn.execute(
                "UPDATE accounts SET display = ? WHERE account = ?", (display, caller.account)
            )
            if caller.role is Role.RESPONDER and caller.shop is not None:
                people.rename_in(conn, caller.account, display)
                search.index_in(conn, caller.shop)
                control.say_in(conn, "people", caller.account, now)
            idempotency.remember_in(conn, caller, request, Done())
            return Done()

        return await self._store.write(job)
