"""Thumbnails: asked for once, told when they are there, few enough in memory."""

from collections.abc import Callable

import pytest

from miaohui.desktop.pages.sessions import pictures
from miaohui.desktop.pages.sessions.pictures import Thumbnails, bytes_of, image_of
from miaohui.pictures.decoder import Pixels
from miaohui.pictures.header import PictureRefused

RED = Pixels(1, 2, b"\x00\x00\xff\xff" * 2)


class Bench:
    """A decoder that answers when told to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers: list[tuple[Callable[[Pixels | None], None], Callable[[], None]]] = []
        self.ready: list[str] = []
        self.thumbnails = Thumbnails(self.decode, self.ready.append)

    def decode(
        self, media: str, made: Callable[[Pixels | None], None], failed: Callable[[], None]
    ) -> None:
        self.asked.append(media)
        self.answers.append((made, failed))


def test_a_picture_is_made_once_and_told() -> None:
    bench = Bench()
    assert bench.thumbnails("a") is None
    assert bench.thumbnails("a") is None
    assert bench.asked == ["a"]
    bench.answers[0][0](RED)
    assert bench.ready == ["a"]
    image = bench.thumbnails("a")
    assert image is not None
    assert (image.width(), image.height()) == (1, 2)
    assert image.pixelColor(0, 1).name() == "#ff0000"
    assert bench.asked == ["a"]


def test_one_that_cannot_be_shown_is_a_null_image() -> None:
    bench = Bench()
    bench.thumbnails("a")
    bench.answers[0][1]()
    image = bench.thumbnails("a")
    assert image is not None
    assert image.isNull()
    assert bench.asked == ["a"]


def test_one_whose_bytes_came_meanwhile_is_asked_for_again() -> None:
    bench = Bench()
    bench.thumbnails("a")
    bench.answers[0][0](None)
    assert bench.asked == ["a"]
    bench.thumbnails("a")
    bench.thumbnails("a")
    bench.answers[1][0](None)
    assert bench.asked == ["a", "a", "a"]


def test_what_comes_after_another_conversation_was_opened_is_let_go() -> None:
    bench = Bench()
    bench.thumbnails("a")
    bench.thumbnails.forget()
    bench.answers[0][0](RED)
    assert bench.ready == []
    assert bench.thumbnails.bytes_held == 0


def test_memory_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "KEPT_BYTES", 4 * 8)
    bench = Bench()
    for media in "abcdefgh":
        bench.thumbnails(media)
        bench.answers[-1][0](RED)
    assert bench.thumbnails.bytes_held == 4 * 8
    assert bench.thumbnails("h") is not None
    assert bench.thumbnails("a") is None


def test_pixels_become_an_image_of_qts_own() -> None:
    image = image_of(Pixels(2, 1, b"\x10\x20\x40\x80\xff\xff\xff\xff"))
    assert image.pixelColor(0, 0).alpha() == 0x80
    assert image.pixelColor(1, 0).name() == "#ffffff"


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(PictureRefused):
        bytes_of(3)
