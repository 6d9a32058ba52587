"""Decoding and encoding, as the decoder's own process does it. Nothing else imports this file."""

import contextlib
import io
import math

import zxingcpp
from PIL import (  # noqa: F401  # registered by import
    GifImagePlugin,
    Image,
    ImageCms,
    ImageOps,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

from miaohui.pictures.header import look
from miaohui.pictures.limits import CHOSEN, CODE_CHARS, CODES, SENT, SENT_BYTES, SENT_SIDE
from miaohui.pictures.stripped import stripped

__all__ = ["codes", "prepared", "shown", "warm"]

# ``header.look`` has its own, which says no instead of warning.
Image.MAX_IMAGE_PIXELS = None
GifImagePlugin.LOADING_STRATEGY = GifImagePlugin.LoadingStrategy.RGB_AFTER_FIRST

_FORMATS = {
    "image/png": ["PNG"],
    "image/jpeg": ["JPEG"],
    "image/gif": ["GIF"],
    "image/webp": ["WEBP"],
}
_ORIENTATION = 0x0112
_SRGB = ImageCms.createProfile("sRGB")
_LOSSLESS_PIXELS = 6_000_000  # larger ones take PNG's compression too long
_QUALITIES = (88, 80, 70, 58, 45)
_READ_PIXELS = 6_000_000  # a code that nobody could scan from a screen need not be found
_CODES = zxingcpp.BarcodeFormat.QRCode | zxingcpp.BarcodeFormat.MicroQRCode


def _open(data: bytes, mime: str, most: tuple[int, int]) -> Image.Image:
    """The first frame, upright, in RGB or RGBA; at its own size or, a JPEG, any down to ``most``."""
    image: Image.Image = Image.open(io.BytesIO(data), formats=_FORMATS[mime])
    turned = image.getexif().get(_ORIENTATION, 1)
    profile = image.info.get("icc_profile")
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        image.draft("RGB", most)
    image.load()
    plain = _plain(image)
    plain.info.clear()
    if max(plain.size) > max(most):
        plain.thumbnail(most, Image.Resampling.LANCZOS, reducing_gap=2.0)
    if isinstance(profile, bytes):
        plain = _standard(plain, profile)
    step = _TURNS.get(turned)
    return plain if step is None else plain.transpose(step)


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _plain(image: Image.Image) -> Image.Image:
    if image.mode in ("RGB", "RGBA"):
        return image.copy() if "transparency" not in image.info else image.convert("RGBA")
    if image.mode.startswith("I"):  # 16 bits of grey, of which the upper eight are shown
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L").convert("RGB")
    clear = image.has_transparency_data
    return image.convert("RGBA" if clear else "RGB")


def _standard(image: Image.Image, profile: bytes) -> Image.Image:
    """The same colours without their profile; one that nobody can read is let go."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        made = ImageCms.profileToProfile(image, source, _SRGB, outputMode=image.mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return image if made is None else made


def shown(data: bytes, width: int, height: int) -> tuple[int, int, bytes]:
    """(width, height, pixels) within a box: rows of premultiplied BGRA, no gaps."""
    mime = look(data, SENT).mime
    box = (width, height)
    # Twice the box, so that a turned JPEG is still large enough and the last step is smooth.
    image = _open(data, mime, (2 * max(box), 2 * max(box)))
    image.thumbnail(box, Image.Resampling.LANCZOS)
    pixels = image.convert("RGBA").convert("RGBa").tobytes("raw", "BGRa")
    return image.width, image.height, pixels


def codes(data: bytes) -> list[str]:
    """The texts of the QR codes in a picture's first frame, in reading order; at most CODES."""
    header = look(data, SENT)
    side = max(header.width, header.height)
    much = header.width * header.height / _READ_PIXELS
    most = side if much <= 1 else max(1, math.floor(side / math.sqrt(much)))
    image = _open(data, header.mime, (most, most))
    if image.mode == "RGBA":  # what is clear is seen on the window's paper
        paper = Image.new("RGBA", image.size, "white")
        paper.alpha_composite(image)
        image = paper
    found = zxingcpp.read_barcodes(image.convert("L"), formats=_CODES)
    return [each.text[:CODE_CHARS] for each in found if each.text][:CODES]


def prepared(data: bytes, *, original: bool, whole: bool) -> tuple[str, int, int, bytes]:
    """(media type, width, height, file) of a picture as it is sent."""
    header = look(data, CHOSEN)
    mime = header.mime
    if (whole and header.frames > 1) or (original and _turn(data, mime) == 1):
        clean = stripped(data, mime)
        found = look(clean, SENT)
        _open(clean, mime, (64, 64))  # what cannot be decoded here cannot be shown there
        return mime, found.width, found.height, clean
    side = SENT.side if original else SENT_SIDE
    most = SENT.bytes if original else SENT_BYTES
    image = _open(data, mime, (side, side))
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        image = image.convert("RGB")
    kind, encoded = _encoded(image, mime, most, finest=95 if original else _QUALITIES[0])
    look(encoded, SENT)
    sent = Image.open(io.BytesIO(encoded), formats=_FORMATS[kind])
    return kind, sent.width, sent.height, encoded


def _turn(data: bytes, mime: str) -> int:
    with Image.open(io.BytesIO(data), formats=_FORMATS[mime]) as image:
        turned = image.getexif().get(_ORIENTATION, 1)
    return int(turned) if turned in _TURNS else 1


def _encoded(image: Image.Image, mime: str, most: int, *, finest: int) -> tuple[str, bytes]:
    """A file of at most ``most`` bytes: lossless where drawn rather than photographed."""
    drawn = mime in ("image/png", "image/gif")
    clear = image.mode == "RGBA"
    while True:
        if drawn and image.width * image.height <= _LOSSLESS_PIXELS:
            made = _saved(image, "PNG")
            if len(made) <= most:
                return "image/png", made
        for quality in (finest, *_QUALITIES[1:]):
            if clear:
                made = _saved(image, "WEBP", quality=quality, method=2)
            else:
                made = _saved(image, "JPEG", quality=quality, optimize=True)
            if len(made) <= most:
                return "image/webp" if clear else "image/jpeg", made
        image = image.resize((max(1, image.width * 3 // 4), max(1, image.height * 3 // 4)))


def _saved(image: Image.Image, format: str, **options: int | bool) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def warm() -> None:
    """Loads every codec: afterwards no file need be opened."""
    plain = Image.new("RGB", (8, 8), "white")
    clear = plain.convert("RGBA")
    for image, format in ((plain, "JPEG"), (clear, "PNG"), (clear, "WEBP"), (plain, "GIF")):
        mime = f"image/{format.lower()}"
        file = _saved(image, format)
        shown(file, 4, 4)
        codes(file)
        prepared(file, original=False, whole=False)
        look(file, CHOSEN)
        _standard(_open(file, mime, (8, 8)), ImageCms.ImageCmsProfile(_SRGB).tobytes())
    with contextlib.suppress(OSError, SyntaxError):
        _open(b"GIF89a", "image/gif", (8, 8))
