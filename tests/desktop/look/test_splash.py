from pathlib import Path

from miaohui.client.settings import Settings
from miaohui.desktop.look import splash
from miaohui.desktop.look.theme import dark, light


def test_the_curtain_has_the_themes_colours() -> None:
    assert {"light": light().paper, "dark": dark().paper} == splash.GROUND
    assert {"light": light().rail, "dark": dark().rail} == splash.RAIL


def test_a_glance_agrees_with_the_settings_proper(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    assert splash.glance(file) == ("system", False, ())
    Settings(file).set(appearance="dark", relay_url="wss://relay.example")
    assert splash.glance(file) == ("dark", True, ())
    Settings(file).set(appearance="light", relay_url="")
    assert splash.glance(file) == ("light", False, ())


def test_a_glance_sees_where_the_window_was(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    Settings(file).set(window_place=(-5, 10, 1300, 820, 1))
    assert splash.glance(file)[2] == (-5, 10, 1300, 820, 1)
    file.write_text('{"window_place": [1, "x"]}')
    assert splash.glance(file)[2] == ()


def test_a_damaged_file_is_no_reason_to_stay_closed(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_bytes(b"\xff{not json")
    assert splash.glance(file) == ("system", False, ())
