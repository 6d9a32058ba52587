"""A look at a picture before anything of it is decoded: harmless files, limits set small."""

import io
from dataclasses import replace

import pytest
from PIL import Image, PngImagePlugin
from tests.pictures.pictures import exif, file, moving

from miaohui.pictures.header import PictureHeader, PictureRefused, look
from miaohui.pictures.limits import CHOSEN, SENT, Limits


def refused(data: bytes, **small: int) -> str:
    with pytest.raises(PictureRefused) as told:
        look(data, replace(SENT, **small))
    return told.value.reason


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "WEBP"])
def test_tells_type_and_size_of_each_format(format: str) -> None:
    found = look(file(format, 40, 30), SENT)
    assert found == PictureHeader(f"image/{format.lower()}", 40, 30)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_larger_than_the_limits_is_refused_by_its_header(format: str) -> None:
    data = file(format, 40, 30)
    assert refused(data, pixels=1199) == "pixels"
    assert refused(data, side=39) == "pixels"
    assert refused(data, bytes=len(data) - 1) == "bytes"
    assert look(data, replace(SENT, pixels=1200, side=40, bytes=len(data))).width == 40


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
def test_frames_are_counted(format: str) -> None:
    data = moving(format, 12, 10, 5)
    assert look(data, SENT).frames == 5
    assert refused(data, frames=4) == "too_complex"
    assert refused(data, frame_pixels=5 * 120 - 1) == "too_complex"


def test_scans_of_a_progressive_jpeg_are_counted() -> None:
    data = file("JPEG", 64, 64, progressive=True)
    assert look(data, SENT).height == 64
    assert refused(data, scans=3) == "too_complex"
    assert look(file("JPEG", 64, 64), replace(SENT, scans=1)).height == 64


def test_chunks_and_what_is_no_image_are_counted() -> None:
    told = PngImagePlugin.PngInfo()
    for number in range(20):
        told.add_text(f"key{number}", "x" * 50)
    data = file("PNG", 4, 4, pnginfo=told)
    assert refused(data, parts=10) == "too_complex"
    assert refused(data, beside=500) == "too_complex"
    assert refused(file("JPEG", 8, 8, exif=exif()), beside=50) == "too_complex"


@pytest.mark.parametrize("format", ["TIFF", "BMP", "ICO", "PPM"])
def test_other_formats_are_not_taken(format: str) -> None:
    assert refused(file(format, 16, 16)) == "type"


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "WEBP"])
def test_whatever_is_cut_off_is_refused_or_told_the_same(format: str) -> None:
    data = file(format, 40, 30)
    whole = look(data, SENT)
    for length in range(len(data)):
        try:
            assert look(data[:length], SENT) == whole
        except PictureRefused as told:
            assert told.reason in ("type", "unreadable")


def test_everyday_pictures_are_within_the_limits() -> None:
    for width, height in ((1080, 12_000), (4032, 3024), (5712, 4284)):
        assert width * height <= SENT.pixels
        assert max(width, height) <= SENT.side
    # A person may choose whatever may be sent.
    for field in Limits.__slots__:
        assert getattr(CHOSEN, field) >= getattr(SENT, field)


def test_a_phone_picture_with_its_exif_is_told() -> None:
    held = io.BytesIO()
    Image.new("RGB", (40, 30)).save(held, "JPEG", exif=exif(6))
    assert look(held.getvalue(), SENT) == PictureHeader("image/jpeg", 40, 30)
