"""Sign-up, sign-in, tokens, devices, invitations."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from tests.relay.house import House, fresh, open_house

from miaohui.relay.accounts import invites, passwords
from miaohui.relay.accounts.accounts import UNUSED_MS
from miaohui.relay.accounts.login_throttle import FIRST_MS, FREE, FREE_ANYWHERE
from miaohui.relay.directory.names import display_name, key_of, sign_in_name
from miaohui.relay.ports import Caller, Refused
from miaohui.wire.accounts import (
    ChangePassword,
    DeviceAdded,
    Devices,
    GetWallet,
    ListDevices,
    MakeRecovery,
    Recover,
    RecoveryMade,
    RevokeDevice,
    Role,
    SetDisplay,
    SignIn,
    SignUp,
    Wallet,
)
from miaohui.wire.errors import Code
from miaohui.wire.frame import Frame

PASSWORD = "correct horse"
Story = Callable[[House], Coroutine[Any, Any, None]]


def play(data: Path, story: Story) -> None:
    async def whole() -> None:
        async with open_house(data) as house:
            await story(house)

    asyncio.run(whole())


async def refusal(work: Coroutine[Any, Any, object]) -> Code:
    with pytest.raises(Refused) as caught:
        await work
    return caught.value.code


def sign_up(name: str = "小明", password: str = PASSWORD, invite: str | None = None) -> SignUp:
    return SignUp(id="1", name=name, password=password, device_name="台式机", invite=invite)


def test_who_signs_up_is_known_by_the_token(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        accounts = house.services.accounts
        identity, token = await accounts.sign_up(sign_up(), "dev", "::1")
        assert (identity.name, identity.role, identity.shop) == ("小明", Role.CUSTOMER, None)
        assert await accounts.by_token(token, "dev") == identity
        assert await accounts.by_token(token, "another device") is None
        assert await accounts.by_token("nonsense", "dev") is None
        assert token not in str(await house.value("SELECT hash FROM tokens"))

    play(tmp_path, story)


def test_a_name_is_taken_in_every_spelling(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        accounts = house.services.accounts
        await accounts.sign_up(sign_up("Ａlice"), "dev", "::1")
        assert await refusal(accounts.sign_up(sign_up("aLICE"), "d", "::1")) is Code.NAME_TAKEN

    play(tmp_path, story)


@pytest.mark.parametrize(
    "name",
    [
        "x",
        "a" * 33,
        "zero\u200bwidth",
        "turn\u202eed",
        "ㅤㅤ",
        "new\nline",
        "a b",
        "!!",
        "h\u0301\u0301\u0301i",
    ],
)
def test_names_that_play_tricks_are_refused(name: str) -> None:
    with pytest.raises(Refused) as caught:
        sign_in_name(name)
    assert caught.value.code is Code.NAME_INVALID


def test_good_names_are_kept() -> None:
    assert sign_in_name(" 云朵 ") == "云朵"
    assert display_name("Anna  Lee") == "Anna Lee"
    assert key_of("ＡNNA") == key_of("anna")


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaa", "x" * 257])
def test_weak_passwords_are_refused(tmp_path: Path, password: str) -> None:
    async def story(house: House) -> None:
        work = house.services.accounts.sign_up(sign_up(password=password), "dev", "::1")
        assert await refusal(work) is Code.PASSWORD_WEAK

    play(tmp_path, story)


RIGHT = SignIn(id="1", name="小明", password=PASSWORD)
WRONG = SignIn(id="1", name="小明", password="not the one")


def test_wrong_names_and_wrong_passwords_look_alike_and_are_counted(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        accounts = house.services.accounts
        await accounts.sign_up(sign_up(), "dev", "::1")
        nobody = SignIn(id="1", name="nobody", password=PASSWORD)
        assert await refusal(accounts.sign_in(nobody, "new", "::1")) is Code.WRONG_CREDENTIALS
        for _ in range(FREE):
            assert await refusal(accounts.sign_in(WRONG, "new", "::1")) is Code.WRONG_CREDENTIALS
        waits = []
        for _ in range(3):
            with pytest.raises(Refused) as caught:
                await accounts.sign_in(RIGHT, "new", "::1")
            assert caught.value.code is Code.TOO_MANY
            waits.append(caught.value.retry_ms)
            house.clock.forward(caught.value.retry_ms)
            assert await refusal(accounts.sign_in(WRONG, "new", "::1")) is Code.WRONG_CREDENTIALS
        assert waits == [FIRST_MS, FIRST_MS * 2, FIRST_MS * 4]
        house.clock.forward(FIRST_MS * 8)
        identity, _ = await accounts.sign_in(RIGHT, "new", "::1")
        assert identity.name == "小明"

    play(tmp_path, story)


def test_a_stranger_who_guesses_keeps_nobody_out(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        accounts = house.services.accounts
        await accounts.sign_up(sign_up(), "dev", "192.0.2.1")
        for n in range(FREE_ANYWHERE):
            guess = accounts.sign_in(WRONG, "foe", f"198.51.{n}.7")
            assert await refusal(guess) is Code.WRONG_CREDENTIALS
        assert await refusal(accounts.sign_in(RIGHT, "foe", "203.0.113.9")) is Code.TOO_MANY
        # From a device that the account has used, from anywhere, at once.
        identity, _ = await accounts.sign_in(RIGHT, "dev", "198.51.0.7")
        assert identity.name == "小明"

    play(tmp_path, story)


@pytest.mark.parametrize("password", ["password1", "Iloveyou", "1234567890", "ｐａｓｓｗｏｒｄ"])
def test_the_most_common_passwords_are_refused(password: str) -> None:
    with pytest.raises(Refused) as caught:
        passwords.check(password)
    assert caught.value.code is Code.PASSWORD_WEAK


def test_a_password_is_not_its_name() -> None:
    with pytest.raises(Refused):
        passwords.check("Xiaoming-42", "xiaoming-42")


def test_a_password_is_the_same_from_every_keyboard(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        accounts = house.services.accounts
        await accounts.sign_up(sign_up(password="ｃafe\u0301 12 ①"), "dev", "::1")
        typed = SignIn(id="1", name="小明", password="caf\u00e9 12 1")
        identity, _ = await accounts.sign_in(typed, "dev", "::1")
        assert identity.name == "小明"

    play(tmp_path, story)


async def me(house: House, device: str = "dev") -> tuple[Caller, str]:
    found, token = await house.services.accounts.sign_in(RIGHT, device, "::1")
    house.screens.here.add(found.account)
    return (
        Caller(found.account, found.role, None, found.display, found.token_id, device, 1),
        token,
    )


def test_a_changed_password_signs_the_others_out(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        accounts = house.services.accounts
        _, other = await accounts.sign_up(sign_up(), "other", "::1")
        here, token = await me(house)
        new = "a better one 7"
        change = ChangePassword(id="2", old="not the one", new=new)
        assert await refusal(house.ask(here, change)) is Code.WRONG_CREDENTIALS
        change = ChangePassword(id="2", old=PASSWORD, new="password1")
        assert await refusal(house.ask(here, change)) is Code.PASSWORD_WEAK
        await house.ask(here, ChangePassword(id="2", old=PASSWORD, new=new))
        assert await accounts.by_token(other, "other") is None
        assert await accounts.by_token(token, "dev") is not None
        assert await refusal(accounts.sign_in(RIGHT, "dev", "::1")) is Code.WRONG_CREDENTIALS
        await accounts.sign_in(SignIn(id="1", name="小明", password=new), "dev", "::1")
        for table in ("accounts", "answer", "tokens"):
            kept = await house.store.read(
                lambda conn, table=table: conn.execute(  # type: ignore[misc]
                    f"SELECT * FROM {table}"
                ).fetchall()
            )
            assert new not in str(kept)

    play(tmp_path, story)


def test_tries_at_ones_own_password_are_counted(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.services.accounts.sign_up(sign_up(), "dev", "::1")
        here, _ = await me(house)
        for _ in range(FREE):
            work = house.ask(here, MakeRecovery(id="3", password="not the one"))
            assert await refusal(work) is Code.WRONG_CREDENTIALS
        assert (
            await refusal(house.ask(here, MakeRecovery(id="3", password=PASSWORD))) is Code.TOO_MANY
        )

    play(tmp_path, story)


def test_a_recovery_code_opens_once(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        accounts = house.services.accounts
        _, lost = await accounts.sign_up(sign_up(), "lost", "::1")
        here, _ = await me(house)
        made = await house.want(RecoveryMade, here, MakeRecovery(id="3", password=PASSWORD))
        typed = made.code.lower().replace("-", " ")
        new = "found again 9"

        def recover(code: str) -> Recover:
            return Recover(id="4", name="小明", code=code, password=new)

        wrong = accounts.recover(recover("23456-" * 6), "new", "::1")
        assert await refusal(wrong) is Code.WRONG_CREDENTIALS
        identity, token = await accounts.recover(recover(typed), "new", "::1")
        assert identity.name == "小明"
        assert await accounts.by_token(token, "new") == identity
        assert await accounts.by_token(lost, "lost") is None
        again = accounts.recover(recover(typed), "new", "::1")
        assert await refusal(again) is Code.WRONG_CREDENTIALS
        await accounts.sign_in(SignIn(id="1", name="小明", password=new), "new", "::1")
        assert made.code not in str(await house.value("SELECT group_concat(result) FROM answer"))

    play(tmp_path, story)


def test_the_others_hear_of_a_sign_in(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        accounts = house.services.accounts
        first, _ = await accounts.sign_up(sign_up(), "dev", "::1")
        heard: list[tuple[str, Frame]] = []
        house.screens.push = lambda account, frame: heard.append((account, frame))  # type: ignore[method-assign]
        await accounts.sign_in(
            SignIn(id="1", name="小明", password=PASSWORD, device_name="笔记本"), "new", "::1"
        )
        (told,) = [frame for account, frame in heard if account == first.account]
        assert isinstance(told, DeviceAdded)
        assert (told.device.name, told.device.here) == ("笔记本", False)

    play(tmp_path, story)


def test_a_token_unused_for_ninety_days_is_worth_nothing(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        accounts = house.services.accounts
        _, token = await accounts.sign_up(sign_up(), "dev", "::1")
        _, second = await accounts.sign_in(RIGHT, "new", "::1")
        house.clock.forward(UNUSED_MS // 2)
        assert await accounts.by_token(token, "dev") is not None
        house.clock.forward(UNUSED_MS // 2 + 1)
        assert await accounts.forget_unused(10) == 1
        assert await accounts.by_token(second, "new") is None
        assert await accounts.by_token(token, "dev") is not None
        house.clock.forward(UNUSED_MS + 1)
        assert await accounts.by_token(token, "dev") is None

    play(tmp_path, story)


def test_a_device_signed_in_anew_loses_its_old_token(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        accounts = house.services.accounts
        _, first = await accounts.sign_up(sign_up(), "dev", "::1")
        right = SignIn(id="1", name="小明", password=PASSWORD)
        _, second = await accounts.sign_in(right, "dev", "::1")
        assert await accounts.by_token(first, "dev") is None
        assert await accounts.by_token(second, "dev") is not None

    play(tmp_path, story)


def test_revoking_a_device_cuts_it_and_its_token(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        accounts = house.services.accounts
        one, token = await accounts.sign_up(sign_up(), "dev", "::1")
        caller = Caller(one.account, one.role, None, one.display, one.token_id, "dev", 1)
        right = SignIn(id="1", name="小明", password=PASSWORD)
        two, other = await accounts.sign_in(right, "laptop", "::1")
        devices = await house.want(Devices, caller, ListDevices(id=fresh()))
        assert sorted(each.here for each in devices.devices) == [False, True]
        await house.ask(caller, RevokeDevice(id=fresh(), token_id=two.token_id))
        assert house.screens.cuts == [(one.account, Code.TOKEN_REVOKED, two.token_id)]
        assert await accounts.by_token(other, "laptop") is None
        stranger = await house.customer("stranger")
        theft = house.ask(stranger, RevokeDevice(id=fresh(), token_id=one.token_id))
        assert await refusal(theft) is Code.NOT_FOUND
        await accounts.sign_out(caller)
        assert await accounts.by_token(token, "dev") is None

    play(tmp_path, story)


def test_an_invitation_works_once_and_not_for_ever(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        accounts, now = house.services.accounts, house.clock.utc_ms()
        invite = await house.store.write(
            lambda conn: invites.make_in(conn, "wan", Role.RESPONDER, "host", now)
        )
        late = await house.store.write(
            lambda conn: invites.make_in(conn, "wan", Role.OWNER, "host", now)
        )
        identity, _ = await accounts.sign_up(sign_up("小雨", invite=invite), "dev", "::1")
        assert (identity.role, identity.shop, identity.shop_name) == (
            Role.RESPONDER,
            "wan",
            "晚风小屋",
        )
        # Who was invited can go on duty at once: the relay need not be told of them twice.
        assert house.services.on_duty.person(identity.account) is not None
        again = accounts.sign_up(sign_up("小雪", invite=invite), "dev", "::1")
        assert await refusal(again) is Code.INVITE_INVALID
        assert await house.value("SELECT 1 FROM accounts WHERE name = '小雪'") is None
        house.clock.forward(invites.GOOD_FOR_MS)
        owner = accounts.sign_up(sign_up("老板", invite=late), "dev", "::1")
        assert await refusal(owner) is Code.INVITE_INVALID

    play(tmp_path, story)


def test_a_new_customer_has_practice_money_and_a_name_to_change(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        caller = await house.customer("小明")
        wallet = await house.want(Wallet, caller, GetWallet(id=fresh()))
        assert (wallet.balance_fen, wallet.spent_month_fen, wallet.practice) == (100_000, 0, True)
        command = SetDisplay(id=fresh(), display="明明")
        assert await house.ask(caller, command) == await house.ask(caller, command)
        changed = SetDisplay(id=command.id, display="other")
        assert await refusal(house.ask(caller, changed)) is Code.ID_REUSED

    play(tmp_path, story)
