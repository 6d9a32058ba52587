"""The tokens can be read: every text on its ground has a contrast of 4.5:1."""

import os
import subprocess
import sys

import pytest

from miaohui.desktop.look.theme import (
    FAMILIES,
    Tone,
    contrasted,
    dark,
    light,
    message_font,
    ui_font,
)
from miaohui.desktop.strings import shell


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def texts(theme):
    """Each ink with the grounds that it stands on."""
    grounds = (theme.paper, theme.card, theme.mine, theme.theirs)
    pairs = [(ink, ground) for ink in (theme.ink, theme.ink2, theme.link) for ground in grounds]
    pairs += [(theme.tone(tone).text, theme.tone(tone).soft) for tone in Tone]
    pairs += [(theme.accent_ink, theme.accent), (theme.ink, theme.selection)]
    pairs += [(theme.rail_ink, theme.rail), (theme.rail_ink, theme.rail_active)]
    return pairs


@pytest.mark.parametrize("theme", [light(), dark()], ids=["light", "dark"])
def test_texts_can_be_read(theme):
    for ink, ground in texts(theme):
        assert contrast(ink, ground) >= 4.5, (ink, ground)


@pytest.mark.parametrize("theme", [light(), dark()], ids=["light", "dark"])
def test_whoever_asks_for_more_contrast_has_it(theme):
    strong = contrasted(theme)
    hints = [(strong.ink3, ground) for ground in (strong.paper, strong.card)]
    for ink, ground in texts(strong) + hints:
        assert contrast(ink, ground) >= 7, (ink, ground)
    for ground in (strong.paper, strong.card):
        assert contrast(strong.line, ground) >= 3


@pytest.mark.parametrize("theme", [light(), dark()], ids=["light", "dark"])
def test_shapes_can_be_seen(theme):
    for tone in (Tone.KEPT, Tone.WARN, Tone.BREACH):
        assert contrast(theme.tone(tone).strong, theme.card) >= 3


def test_fonts(qapp):
    assert message_font().pixelSize() == 14
    assert message_font(21).pixelSize() == 28
    assert ui_font(1.5).pixelSize() == 21
    assert tuple(ui_font().families()) == FAMILIES


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="fontconfig chooses the faces")
def test_a_machine_without_a_chinese_face_is_noticed(tmp_path):
    (tmp_path / "fonts.conf").write_text(
        f"<fontconfig><dir>{tmp_path}</dir><cachedir>{tmp_path}</cachedir></fontconfig>",
        encoding="utf-8",
    )
    asked = (
        "from PySide6.QtWidgets import QApplication; app = QApplication([]);"
        "from miaohui.desktop.look.theme import covers_chinese; print(covers_chinese())"
    )
    said = subprocess.run(
        [sys.executable, "-c", asked],
        env={**os.environ, "FONTCONFIG_FILE": str(tmp_path / "fonts.conf")},
        check=True,
        capture_output=True,
        text=True,
    )
    assert said.stdout.split() == ["False"]
    assert shell.no_chinese_font().startswith("No font")  # in Chinese alone it could not be read
