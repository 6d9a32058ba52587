"""Two languages, side by side."""

import pytest
from PySide6.QtCore import QLocale

from miaohui.desktop.look import language


@pytest.fixture(autouse=True)
def _restored():
    yield
    language.set_language("zh_CN")


def test_say_follows_the_language():
    assert language.say("好", "good") == "好"
    language.set_language("en")
    assert language.say("好", "good") == "good"
    assert language.current() == "en"


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match="fr"):
        language.set_language("fr")
    assert language.current() == "zh_CN"


@pytest.mark.parametrize(("name", "found"), [("zh_CN", "zh_CN"), ("en_GB", "en"), ("fr_FR", "en")])
def test_of_locale(name, found):
    assert language.of_locale(QLocale(name)) == found
