"""The process that decodes: what it shows, what it makes of a file, what it may spend."""

import io
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image, ImageOps
from tests.pictures.pictures import SECRET, code, exif, file, moving, opened

from miaohui.pictures.decoder import PictureDecoder, preparing
from miaohui.pictures.header import PictureRefused, look
from miaohui.pictures.limits import CODES, SENT, SENT_BYTES, SENT_SIDE, SHOWING, Means

RED = b"\x00\x00\xff\xff"  # BGRA
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.fixture
async def decoder() -> AsyncIterator[PictureDecoder]:
    made = PictureDecoder()
    yield made
    made.close()


@pytest.fixture
async def maker() -> AsyncIterator[PictureDecoder]:
    made = preparing()
    yield made
    made.close()


async def why(decoder: PictureDecoder, data: bytes) -> str:
    with pytest.raises(PictureRefused) as told:
        await decoder.pixels(data, 100, 100)
    return told.value.reason


async def test_pixels_of_each_format_fit_their_box(decoder: PictureDecoder) -> None:
    for format in ("PNG", "JPEG", "GIF", "WEBP"):
        made = await decoder.pixels(file(format, 400, 200), 100, 100)
        assert (made.width, made.height) == (100, 50)
        assert len(made.data) == 4 * 100 * 50
        left, right = made.data[:4], made.data[-4:]
        assert abs(left[2] - 255) < 6
        assert left[3] == 255
        assert abs(right[0] - 255) < 6
    small = await decoder.pixels(file("PNG", 3, 2), 100, 100)
    assert (small.width, small.height) == (3, 2)


async def test_what_is_clear_stays_clear_and_is_premultiplied(decoder: PictureDecoder) -> None:
    data = file("PNG", 1, 1, "RGBA")
    assert (await decoder.pixels(data, 9, 9)).data == RED
    half = opened(data)
    half.putalpha(128)
    held = io.BytesIO()
    half.save(held, "PNG")
    assert (await decoder.pixels(held.getvalue(), 9, 9)).data == b"\x00\x00\x80\x80"


async def test_a_phone_picture_stands_upright(
    decoder: PictureDecoder, maker: PictureDecoder
) -> None:
    data = file("JPEG", 400, 200, exif=exif(6))
    shown = await decoder.pixels(data, 100, 100)
    assert (shown.width, shown.height) == (50, 100)
    for original in (False, True):
        sent = await maker.prepared(data, original=original)
        assert (sent.width, sent.height) == (200, 400)
        assert opened(sent.data).size == (200, 400)
        red = opened(sent.data).convert("RGB").getpixel((100, 10))
        assert isinstance(red, tuple)
        assert red[0] > 240


@pytest.mark.parametrize("original", [False, True])
@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
async def test_nothing_but_the_image_is_sent(
    maker: PictureDecoder, format: str, original: bool
) -> None:
    data = file(format, 60, 40, exif=exif()) + SECRET
    assert data.count(SECRET) == 2
    sent = await maker.prepared(data, original=original)
    assert SECRET not in sent.data
    assert not opened(sent.data).getexif()
    assert look(sent.data, SENT).width == sent.width == 60


async def test_the_codes_in_a_picture_are_read(decoder: PictureDecoder) -> None:
    made = [code("wxp://f2f0abc", "black"), code("https://u.wechat.com/EAb", "green")]
    photo = Image.new("RGB", (1600, 1200), (180, 160, 140))
    photo.paste(made[0], (100, 100))
    photo.paste(made[1].rotate(17, expand=True, fillcolor="white"), (900, 500))
    for format in ("PNG", "JPEG", "WEBP"):
        held = io.BytesIO()
        photo.save(held, format)
        found = await decoder.codes(held.getvalue())
        assert sorted(found) == ["https://u.wechat.com/EAb", "wxp://f2f0abc"]
    # In a picture of sixty-four times as many pixels it is as large as on a screen.
    large = Image.new("RGB", (5000, 6000), "white")
    large.paste(made[0].resize((1800, 1800)), (1000, 1000))
    held = io.BytesIO()
    large.save(held, "JPEG")
    assert await decoder.codes(held.getvalue()) == ("wxp://f2f0abc",)
    inverted = ImageOps.invert(made[0])
    held = io.BytesIO()
    inverted.save(held, "PNG")
    assert await decoder.codes(held.getvalue()) == ("wxp://f2f0abc",)
    assert await decoder.codes(file("PNG", 40, 40)) == ()


async def test_of_many_codes_some_are_told(decoder: PictureDecoder) -> None:
    sheet = Image.new("RGB", (1400, 1400), "white")
    for number in range(16):
        one = code(f"https://example.com/{number}").resize((300, 300))
        sheet.paste(one, (number % 4 * 340 + 20, number // 4 * 340 + 20))
    held = io.BytesIO()
    sheet.save(held, "PNG")
    assert len(await decoder.codes(held.getvalue())) == CODES


async def test_a_large_picture_is_sent_smaller_and_an_original_as_it_is(
    maker: PictureDecoder,
) -> None:
    screenshot = file("PNG", 1080, 12_000)
    sent = await maker.prepared(screenshot)
    assert max(sent.width, sent.height) <= SENT_SIDE
    assert len(sent.data) <= SENT_BYTES
    sent = await maker.prepared(screenshot, original=True)
    assert (sent.width, sent.height) == (1080, 12_000)
    assert opened(sent.data).size == (1080, 12_000)


async def test_a_noisy_picture_is_brought_below_two_mebibytes(maker: PictureDecoder) -> None:
    for mode in ("RGB", "RGBA"):
        image = Image.frombytes(mode, (1000, 800), os.urandom(1000 * 800 * len(mode)))
        into = io.BytesIO()
        image.save(into, "PNG", compress_level=0)
        sent = await maker.prepared(into.getvalue())
        assert len(sent.data) <= SENT_BYTES
        assert ("A" in opened(sent.data).mode) is (mode == "RGBA")


async def test_twelve_megapixels_of_any_format_are_shown(
    decoder: PictureDecoder, maker: PictureDecoder
) -> None:
    for format in ("PNG", "WEBP", "GIF", "JPEG"):
        data = file(format, 4000, 3000)
        shown = await decoder.pixels(data, 520, 600)
        assert (shown.width, shown.height) == (520, 390)
        sent = await maker.prepared(data)
        assert (await decoder.pixels(sent.data, 520, 600)).width == 520


async def test_an_animation_is_sent_as_its_first_frame_or_whole(maker: PictureDecoder) -> None:
    for format, mime in (("GIF", "image/gif"), ("WEBP", "image/webp")):
        data = moving(format, 30, 20, 4)
        first = await maker.prepared(data)
        assert look(first.data, SENT).frames == 1
        whole = await maker.prepared(data, whole=True)
        assert whole.mime == mime
        assert look(whole.data, SENT).frames == 4
        assert SECRET not in whole.data
        assert opened(whole.data).n_frames == 4  # type: ignore[attr-defined]


async def test_what_is_no_picture_is_refused_and_the_process_lives_on(
    decoder: PictureDecoder,
) -> None:
    assert (await decoder.pixels(file("PNG", 4, 4), 9, 9)).width == 4
    first = decoder.pid
    assert await why(decoder, b"hello") == "type"
    broken = bytearray(file("PNG", 40, 40))
    broken[60:64] = b"\0\0\0\0"
    assert await why(decoder, bytes(broken)) == "unreadable"
    assert (await decoder.pixels(file("PNG", 4, 4), 9, 9)).width == 4
    assert decoder.pid == first


async def test_a_picture_that_takes_too_long_costs_a_process_and_no_more() -> None:
    """An ordinary picture, and a hundredth of a millisecond for it."""
    hasty = PictureDecoder(Means(SHOWING.memory, 0.00001))
    try:
        assert await why(hasty, file("PNG", 400, 400)) == "time"
        first = hasty.pid
        assert await why(hasty, file("PNG", 400, 400)) == "time"
        assert hasty.pid != first
    finally:
        hasty.close()


async def test_a_picture_that_wants_too_much_memory_is_refused() -> None:
    """An ordinary picture of 16 megapixels, and less than that of memory."""
    poor = PictureDecoder(Means(72 * 1024 * 1024, SHOWING.seconds))
    try:
        assert (await poor.pixels(file("PNG", 40, 40), 9, 9)).width == 9
        assert await why(poor, file("PNG", 4000, 4000)) in ("too_complex", "unreadable")
        assert (await poor.pixels(file("PNG", 40, 40), 9, 9)).width == 9
    finally:
        poor.close()


async def test_whoever_ends_the_process_costs_one_picture(decoder: PictureDecoder) -> None:
    await decoder.pixels(file("PNG", 4, 4), 9, 9)
    assert decoder.pid is not None
    os.kill(decoder.pid, 9)
    data = file("PNG", 4, 4)
    for _ in range(2):
        try:
            assert (await decoder.pixels(data, 9, 9)).width == 4
        except PictureRefused:
            continue
    assert (await decoder.pixels(data, 9, 9)).width == 4


@linux
async def test_the_process_has_no_files_and_little_memory(decoder: PictureDecoder) -> None:
    await decoder.pixels(file("PNG", 4, 4), 9, 9)
    place = Path(f"/proc/{decoder.pid}")
    limits = (place / "limits").read_text()
    for line in ("Max open files", "Max file size", "Max processes", "Max core file size"):
        assert (
            next(each for each in limits.splitlines() if each.startswith(line)).split()[-3] == "0"
        )
    assert str(SHOWING.memory) in limits
    assert set(os.listdir(place / "fd")) == {"0", "1", "2"}


async def test_a_closed_decoder_leaves_no_process(decoder: PictureDecoder) -> None:
    await decoder.pixels(file("PNG", 4, 4), 9, 9)
    pid = decoder.pid
    decoder.close()
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert await why(decoder, file("PNG", 4, 4)) == "unreadable"
