"""An offer may not claim to treat; to say that one does not is allowed."""

import pytest

from miaohui.care.boundary import forbidden


@pytest.mark.parametrize(
    "text",
    [
        "专业心理咨询，一对一",
        "抑郁症治愈经验丰富",
        "疗愈师小满在线",
        "陪聊，兼心 理 治 疗",
        "Certified therapist",
        "I cure  depression",
        "counselling for couples",
    ],
)
def test_a_claim_is_found(text: str) -> None:
    assert forbidden(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "陪聊，听你说话",
        "不是心理咨询，也不做治疗",
        "不能代替医生",
        "治愈系小屋",
        "We are no therapists, just company",
        "This is not a treatment",
        "therapeutic",
        "",
    ],
)
def test_company_and_denials_are_let_be(text: str) -> None:
    assert forbidden(text) is None
