"""Files that are written in a relay's words stay in the folder that a person chose."""

from pathlib import Path

import pytest

from miaohui.desktop.pages.settings.privacy import export_stem
from miaohui.wire.sessions import SessionCard


def card(session: str, peer: str) -> SessionCard:
    return SessionCard(
        session=session,
        order="o",
        shop="s",
        shop_name="s",
        peer_name=peer,
        minutes=30,
        state="closed",
        opened_utc="2026-08-19T13:18:00.000Z",
        head=1,
        last_utc="2026-08-19T13:18:00.000Z",
    )


@pytest.mark.parametrize("peer", ["../../up", "/etc/x", "..", "a\\b", "c:x", "\0", "\u202egnp", ""])
@pytest.mark.parametrize("session", ["../../../x", "/tmp/x", "..", "s\n"])
def test_a_name_leads_nowhere_else(tmp_path: Path, session: str, peer: str) -> None:
    path = tmp_path / f"{export_stem(card(session, peer))}.txt"
    assert path.parent == tmp_path
    assert path.resolve().parent == tmp_path.resolve()
    path.write_text("x", "utf-8")


def test_no_two_sessions_share_a_name() -> None:
    first, second = card("0190163d-1", "小波"), card("0190163d-2", "小波")
    assert export_stem(first) != export_stem(second)
    assert export_stem(first) == export_stem(first)
