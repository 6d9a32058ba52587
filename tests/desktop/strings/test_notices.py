"""Every notice has words in both languages, or a stated place where it is said instead."""

import pytest

from miaohui.client.doubts import DoubtKind
from miaohui.client.snapshots import NoticeCode
from miaohui.desktop.look import language
from miaohui.desktop.strings import shell

SAID_ELSEWHERE = {NoticeCode.BREAK_ASKED, NoticeCode.HANDOVER_OFFERED}


@pytest.mark.parametrize("code", NoticeCode)
@pytest.mark.parametrize("tongue", ["zh_CN", "en"])
def test_a_notice_has_words(code: NoticeCode, tongue: language.Language) -> None:
    before = language.current()
    language.set_language(tongue)
    try:
        words = shell.notice(code, "anna", "1:00", kind=DoubtKind.CHAIN)
    finally:
        language.set_language(before)
    assert bool(words) is (code not in SAID_ELSEWHERE)
