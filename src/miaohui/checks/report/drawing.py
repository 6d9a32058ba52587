"""A figure drawn by matplotlib and handed out as inline SVG that is the same for the same data.

StandIns go in as stand-ins of Latin letters and are put back in the SVG: matplotlib neither needs a
Chinese font nor reads a "$" in a shop's name as a formula, and what strangers wrote is escaped once.
"""

import io
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from miaohui.checks.report.templates import escaped
from miaohui.runtime.frozen import keep_font_list

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# The reader's machine draws the letters, with the first of these that it has.
FONTS: Final = (
    "'PingFang SC','Microsoft YaHei UI','Microsoft YaHei','Noto Sans CJK SC','Noto Sans SC',"
    "'Source Han Sans SC','WenQuanYi Micro Hei',sans-serif"
)
INK: Final = "#1E2430"
INK_2: Final = "#5A6270"
LINE: Final = "#D9D6CD"
_STAND_IN: Final = re.compile(r"Q(\d{4})x*")
_ID: Final = re.compile(r'(\bid="|href="#|url\(#)')
_FONT: Final = re.compile(r" font-family: 'DejaVu Sans'(?:, [^;\"]+)?;?")
_SETTINGS: Final[dict[str, Any]] = {
    "svg.fonttype": "none",
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": INK_2,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.titlepad": 8,
    "axes.unicode_minus": False,
    "xtick.color": INK_2,
    "ytick.color": INK_2,
    "xtick.major.size": 3,
    "ytick.major.size": 0,
    "grid.color": "#ECEAE4",
    "grid.linewidth": 0.8,
    "legend.frameon": False,
    "legend.handlelength": 3.6,
    "path.simplify": False,
}


class StandIns:
    """Stand-ins for the texts of one figure; call it with a text to have one."""

    def __init__(self) -> None:
        self._texts: list[str] = []

    def __call__(self, value: str, most: int = 28) -> str:
        """About as wide as the text, which is cut where it is too long for a picture."""
        value = value if len(value) <= most else value[: most - 1] + "…"
        self._texts.append(value)
        cells = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in value)
        return f"Q{len(self._texts) - 1:04d}".ljust(cells, "x")

    def back(self, svg: str) -> str:
        return _STAND_IN.sub(lambda found: escaped(self._texts[int(found[1])]), svg)


class PictureCanvas:
    """What a drawing function is given: the figure, its texts, and room to add axes."""

    def __init__(self, figure: "Figure") -> None:
        self.figure = figure
        self.say = StandIns()

    def axes(self, rows: int = 1, columns: int = 1, **ratios: list[float]) -> list["Axes"]:
        grid = self.figure.subplots(rows, columns, squeeze=False, gridspec_kw=dict(ratios))
        return [axes for row in grid for axes in row]


@contextmanager
def _settings(salt: str) -> Iterator[None]:
    import matplotlib

    settings: Any = {**_SETTINGS, "svg.hashsalt": salt}  # its keys are a type of hundreds of words
    with matplotlib.rc_context(settings):
        yield


def picture(
    name: str, size: tuple[float, float], described: str, draw: Callable[[PictureCanvas], None]
) -> "Markup":
    """The SVG of what ``draw`` puts on the canvas. ``name``: letters, one for each picture of a
    page; ``size``: inches at 96 dots; ``described``: what a screen reader says of it."""
    keep_font_list()
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with _settings(name):
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasSVG(figure)
        canvas = PictureCanvas(figure)
        draw(canvas)
        out = io.StringIO()
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(out, format="svg", metadata=nothing, transparent=True)
    return _inline(out.getvalue(), name, described, canvas.say)


def _inline(svg: str, name: str, described: str, texts: StandIns) -> "Markup":
    from markupsafe import Markup

    body = svg[svg.index("<svg") :]
    head, _, rest = body.partition(">")
    box = re.search(r'viewBox="([^"]+)"', head)
    rest = _ID.sub(lambda found: f"{found[1]}{name}-", rest)
    rest = re.sub(r"<metadata>.*?</metadata>\s*", "", rest, flags=re.DOTALL)
    rest = _FONT.sub("", rest)
    # Inside a page its rule for "*" would reach everything; the opening says the same of itself.
    rest = re.sub(r"<style type.*?</style>\s*", "", rest, flags=re.DOTALL)
    opening = (
        f'<svg class="picture" xmlns="http://www.w3.org/2000/svg" '
        f'xmlns:xlink="http://www.w3.org/1999/xlink" role="img" '
        f'viewBox="{box[1] if box else "0 0 1 1"}" style="font-family: {FONTS}; '
        f'stroke-linejoin: round; stroke-linecap: butt">'
    )
    return Markup(f"{opening}<title>{escaped(described)}</title>{texts.back(rest)}")
