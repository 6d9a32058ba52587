"""Sign-up, sign-in, tokens, devices, invitations."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from tests.relay.house import House, fresh, open_house

from miaohui.relay.accounts import invites
from miaohui.relay.accounts.login_throttle import FREE_FAILURES
from miaohui.relay.directory.names import display_name, key_of, sign_in_name
from miaohui.relay.ports import Caller, Refused
from miaohui.wire.accounts import (
    Devices,
    GetWallet,
    ListDevices,
    RevokeDevice,
    Role,
    SetDisplay,
    SignIn,
    SignUp,
    Wallet,
)
from miaohui.wire.errors import Code

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


def test_wrong_names_and_wrong_passwords_look_alike_and_are_counted(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        accounts = house.services.accounts
        await accounts.sign_up(sign_up(), "dev", "::1")
        wrong = SignIn(id="1", name="小明", password="not the one")
        nobody = SignIn(id="1", name="nobody", password=PASSWORD)
        assert await refusal(accounts.sign_in(nobody, "dev", "::1")) is Code.WRONG_CREDENTIALS
        for _ in range(FREE_FAILURES):
            assert await refusal(accounts.sign_in(wrong, "dev", "::1")) is Code.WRONG_CREDENTIALS
        right = SignIn(id="1", name="小明", password=PASSWORD)
        with pytest.raises(Refused) as caught:
            await accounts.sign_in(right, "dev", "::1")
        assert caught.value.code is Code.TOO_MANY
        house.clock.forward(caught.value.retry_ms)
        identity, _ = await accounts.sign_in(right, "dev", "::1")
        assert identity.name == "小明"

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
