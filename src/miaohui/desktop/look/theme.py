"""The look as data: colours, radii and spacing of light and dark, and the fonts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from PySide6.QtGui import QFont

__all__ = [
    "FAMILIES",
    "Theme",
    "Tone",
    "ToneColours",
    "contrasted",
    "covers_chinese",
    "dark",
    "light",
    "message_font",
    "ui_font",
]

# The systems' own Chinese faces: Windows, macOS, Linux.
FAMILIES = (
    "Microsoft YaHei UI",
    "PingFang SC",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "Segoe UI Emoji",
    "Apple Color Emoji",
    "Noto Color Emoji",
)

SIMPLIFIED = "转单这么练习"  # forms that a Japanese or traditional face need not have

BASE_PIXELS = 14


class Tone(Enum):
    """The standing of a figure to the promise; a colour never says it alone."""

    KEPT = "kept"
    WARN = "warn"
    BREACH = "breach"
    NEUTRAL = "neutral"


class ToneColours(NamedTuple):
    """Text on its soft ground, and the strong colour for rings and bars."""

    text: str
    soft: str
    strong: str


@dataclass(frozen=True, slots=True)
class Theme:
    """One set of tokens, each `#RRGGBB`; lengths in logical pixels."""

    name: Literal["light", "dark"]
    paper: str
    card: str
    line: str
    fill: str  # the ground of what is neutral
    ink: str
    ink2: str
    ink3: str
    accent: str
    accent_soft: str
    accent_ink: str
    link: str
    kept: str
    kept_soft: str
    kept_ink: str
    warn: str
    warn_soft: str
    warn_ink: str
    breach: str
    breach_soft: str
    breach_ink: str
    mine: str
    theirs: str
    selection: str
    rail: str
    rail_active: str
    rail_ink: str
    radius_card: int = 12
    radius_bubble: int = 14
    radius_button: int = 9
    step: int = 4

    def tone(self, tone: Tone) -> ToneColours:
        match tone:
            case Tone.KEPT:
                return ToneColours(self.kept_ink, self.kept_soft, self.kept)
            case Tone.WARN:
                return ToneColours(self.warn_ink, self.warn_soft, self.warn)
            case Tone.BREACH:
                return ToneColours(self.breach_ink, self.breach_soft, self.breach)
            case Tone.NEUTRAL:
                return ToneColours(self.ink2, self.fill, self.ink3)


def calmed(theme: Theme) -> Theme:
    """The same without red, for people whom it hurts: a breach stays a figure and a mark."""
    from dataclasses import replace

    return replace(theme, breach=theme.ink3, breach_soft=theme.fill, breach_ink=theme.ink2)


def contrasted(theme: Theme) -> Theme:
    """The same for people who ask for more contrast: every text 7:1 and more, edges drawn."""
    from dataclasses import replace

    if theme.name == "light":
        return replace(
            theme,
            paper="#FFFFFF",
            line="#5A6270",
            fill="#EEF0F4",
            ink="#000000",
            ink2="#2A303B",
            ink3="#4A515D",
            accent="#1F36B8",
            accent_soft="#F0F3FF",
            link="#1F36B8",
            kept="#075943",
            kept_soft="#F1FAF7",
            kept_ink="#075943",
            warn="#6B3F00",
            warn_soft="#FFF9EE",
            warn_ink="#6B3F00",
            breach="#8F1D17",
            breach_soft="#FFF5F4",
            breach_ink="#8F1D17",
            mine="#EEF2FF",
            rail="#000000",
            rail_ink="#FFFFFF",
        )
    return replace(
        theme,
        paper="#000000",
        card="#000000",
        line="#A7AEBA",
        fill="#1A2029",
        ink="#FFFFFF",
        ink2="#E1E5EB",
        ink3="#C2C8D2",
        accent="#B9C6FF",
        accent_soft="#141B33",
        accent_ink="#000000",
        link="#C9D3FF",
        kept="#6FE3C0",
        kept_soft="#06170F",
        kept_ink="#6FE3C0",
        warn="#FFCB70",
        warn_soft="#1C1404",
        warn_ink="#FFCB70",
        breach="#FFABA5",
        breach_soft="#220B0A",
        breach_ink="#FFABA5",
        mine="#16203F",
        theirs="#10141B",
        rail="#000000",
        rail_ink="#FFFFFF",
    )


# The *_ink colours are the promise's, darkened until small text on the soft ground
# has a contrast of 4.5:1; the strong ones have 3.6:1 there and stay for shapes.
_LIGHT = Theme(
    name="light",
    paper="#F6F5F1",
    card="#FFFFFF",
    line="#E4E2DB",
    fill="#E4E2DB",
    ink="#1E2430",
    ink2="#5A6270",
    ink3="#8B929E",
    accent="#3D5AFE",
    accent_soft="#E9EDFF",
    accent_ink="#FFFFFF",
    link="#2B45D4",
    kept="#0F8A6D",
    kept_soft="#E2F4EE",
    kept_ink="#0B7259",
    warn="#B86E00",
    warn_soft="#FDF1DC",
    warn_ink="#945800",
    breach="#C93A32",
    breach_soft="#FCE8E6",
    breach_ink="#BF332C",
    mine="#DDE5FF",
    theirs="#FFFFFF",
    selection="#B7C6FF",
    rail="#1E2430",
    rail_active="#343C4E",
    rail_ink="#E9EBEF",
)

_DARK = Theme(
    name="dark",
    paper="#14171D",
    card="#1C2129",
    line="#2B313B",
    fill="#2B313B",
    ink="#E9EBEF",
    ink2="#A7AEBA",
    ink3="#747C89",
    accent="#8DA2FF",
    accent_soft="#252E4D",
    accent_ink="#14171D",
    link="#A9B9FF",
    kept="#4CC9A4",
    kept_soft="#16332B",
    kept_ink="#4CC9A4",
    warn="#F0B34E",
    warn_soft="#3A2C12",
    warn_ink="#F0B34E",
    breach="#FF8078",
    breach_soft="#431F1D",
    breach_ink="#FF8078",
    mine="#2A355C",
    theirs="#242A34",
    selection="#3D4F9A",
    rail="#0E1116",
    rail_active="#343C4E",
    rail_ink="#E9EBEF",
)


def light() -> Theme:
    return _LIGHT


def dark() -> Theme:
    return _DARK


def ui_font(scale: float = 1.0, *, pixels: int = BASE_PIXELS, bold: bool = False) -> QFont:
    """The interface's face at `pixels` times the person's scale, figures tabular."""
    return _font(round(pixels * scale), bold=bold)


def message_font(points: float = 10.5) -> QFont:
    """The messages' face, whose size is a setting of its own; 10.5 points are 14 pixels."""
    # A point is 4/3 of a logical pixel on every system here; macOS alone would count it as one.
    return _font(round(points * 4 / 3), bold=False)


def covers_chinese() -> bool:
    """True where the interface's face, or one that helps it out, draws Simplified Chinese."""
    from PySide6.QtGui import QFontMetrics

    # Asked of the glyphs: old bitmap fonts claim the writing system, and nothing draws with them.
    metrics = QFontMetrics(ui_font())
    return all(metrics.inFontUcs4(ord(one)) for one in SIMPLIFIED)


def _font(pixels: int, *, bold: bool) -> QFont:
    from PySide6.QtGui import QFont

    return QFont(_made_font(pixels, bold=bold))  # a copy: who asked may change theirs


@lru_cache(64)
def _made_font(pixels: int, *, bold: bool) -> QFont:
    """Families and features are slow to set, and painting asks for a font each time."""
    from PySide6.QtGui import QFont

    font = QFont()
    font.setFamilies(list(FAMILIES))
    font.setPixelSize(max(8, pixels))
    if bold:
        font.setWeight(QFont.Weight.DemiBold)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font
