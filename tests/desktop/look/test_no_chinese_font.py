"""A machine without a Chinese font: said in both languages, and English instead of boxes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ASKED = """
import asyncio, sys, tempfile
from pathlib import Path
from miaohui.desktop.start import app
from miaohui.desktop.look.language import current
folder = Path(sys.argv[1])
opened = app.first_window(folder)
async def beside():
    strip = opened.window.strip
    print(current(), strip.font_missing.isHidden(), opened.window.windowTitle())
    opened.window.close()
app.run(opened, folder, beside)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="fontconfig chooses the fonts")
@pytest.mark.parametrize(("covered", "language"), [(False, "en"), (True, "zh_CN")])
def test_without_a_chinese_font_the_window_speaks_english(
    tmp_path: Path, *, covered: bool, language: str
) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    latin = Path(matplotlib.get_data_path(), "fonts", "ttf")
    config = tmp_path / "fonts.conf"
    config.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">'
        f"<fontconfig><dir>{latin}</dir><cachedir>{tmp_path}/cache</cachedir></fontconfig>"
    )
    session = os.environ | {"QT_QPA_PLATFORM": "offscreen", "LC_ALL": "zh_CN.UTF-8"}
    session |= {"LANGUAGE": "zh_CN"}
    if not covered:
        session["FONTCONFIG_FILE"] = str(config)
    folder = tmp_path / "data"
    folder.mkdir()
    said = subprocess.run(
        [sys.executable, "-c", ASKED, str(folder)],
        env=session,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    if covered and said[1] == "False":
        pytest.skip("no Chinese font here")
    assert said[:2] == [language, str(covered)]
