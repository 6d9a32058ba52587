"""Messages by their kind: a picture, a voice note, or one that this version does not know."""

import pytest

from miaohui.client.feed.views import media_of
from miaohui.client.snapshots import MessageView
from miaohui.desktop.chat import speech
from miaohui.desktop.chat.row_mapper import People, row_of
from miaohui.wire.sessions import Body

MEDIA = "00000000-0000-4000-8000-000000000000"


def body(mime: str) -> Body:
    return Body(salt="0" * 32, media=MEDIA, mime=mime, ms=2000, width=3, height=4)


@pytest.mark.parametrize(
    ("mime", "picture", "voice"),
    [("image/png", True, False), ("audio/ogg", False, True), ("video/x-later", False, False)],
)
def test_a_body_is_what_its_type_says(mime: str, picture: bool, voice: bool) -> None:
    found = media_of(body(mime), 1.0, here=True)
    assert (found[0] is not None, found[1] is not None) == (picture, voice)


def test_a_kind_of_a_later_version_says_so() -> None:
    view = MessageView(key="k", kind="message", mine=False, utc_ms=0, unknown=True)
    row = row_of(view, People("我", "小波"))
    assert "更新应用" in row.text


def test_a_note_is_said_with_its_seconds() -> None:
    voice = media_of(body("audio/ogg"), 1.0, here=True)[1]
    row = row_of(
        MessageView(key="k", kind="message", mine=False, utc_ms=0, voice=voice),
        People("我", "小波"),
    )
    assert row.text == ""
    assert "语音 2 秒" in speech.spoken(row)
