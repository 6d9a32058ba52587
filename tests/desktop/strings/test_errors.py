import pytest

from miaohui.desktop.look.language import Language, set_language
from miaohui.desktop.strings import errors
from miaohui.wire.errors import Code

CODES = [*map(str, Code), *errors.CLIENT_CODES]


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("code", CODES)
def test_every_refusal_has_a_sentence(code: str, language: Language) -> None:
    set_language(language)
    sentence = errors.sentence(code, retry_ms=1500)
    unknown = errors.sentence("a code from later", retry_ms=1500)
    assert sentence
    assert sentence != unknown.replace("a code from later", code)


def test_the_two_languages_differ() -> None:
    for code in CODES:
        set_language("zh_CN")
        chinese = errors.sentence(code)
        set_language("en")
        assert errors.sentence(code) != chinese


def test_a_code_from_a_later_relay_is_still_said() -> None:
    set_language("en")
    assert "moon_full" in errors.sentence("moon_full")
