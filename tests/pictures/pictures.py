"""Harmless pictures of any size, made by Pillow."""

import io
import os

import segno
from PIL import Image

NOTE = "a note that travels along"
SECRET = b"a note that travels along"


def file(format: str, width: int, height: int, mode: str = "RGB", **options: object) -> bytes:
    """A picture whose left half is red and whose right half is blue."""
    image = Image.new(mode, (width, height), "blue")
    image.paste("red", (0, 0, max(1, width // 2), height))
    held = io.BytesIO()
    image.save(held, format, **options)
    return held.getvalue()


def code(text: str, dark: str = "black") -> Image.Image:
    """A QR code with its quiet zone."""
    held = io.BytesIO()
    segno.make(text, micro=False).save(held, kind="png", scale=8, border=4, dark=dark)
    return Image.open(held).convert("RGB")


def noise(width: int, height: int) -> bytes:
    """A PNG that says something in every byte."""
    held = io.BytesIO()
    Image.frombytes("RGB", (width, height), os.urandom(3 * width * height)).save(held, "PNG")
    return held.getvalue()


def exif(orientation: int = 1) -> Image.Exif:
    """Exif with a note, a place and an orientation."""
    told = Image.Exif()
    told[0x0112] = orientation
    told[0x010E] = NOTE
    told.get_ifd(0x8825)[1] = "N"
    return told


def moving(format: str, width: int, height: int, frames: int) -> bytes:
    """An animation with a comment."""
    images = [Image.new("RGB", (width, height), (20 * n, 0, 90)) for n in range(frames)]
    held = io.BytesIO()
    images[0].save(
        held, format, save_all=True, append_images=images[1:], comment=SECRET, duration=40
    )
    return held.getvalue()


def opened(data: bytes) -> Image.Image:
    image: Image.Image = Image.open(io.BytesIO(data))
    image.load()
    return image
