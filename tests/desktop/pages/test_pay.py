"""Paying by a code: read by a scanner as it is drawn, and said in words that hold."""

import pytest
import zxingcpp
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from miaohui.client.settings import Settings
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.pages.pay import PayCard
from miaohui.desktop.strings import pay as words
from miaohui.desktop.widgets.qrcode import QrCode
from miaohui.relay.money.orderbook import USUAL_TERMS
from miaohui.runtime.clock import SystemClock, rfc3339
from miaohui.wire.orders import Order, OrderState, PaymentView

WECHAT = "weixin://wxpay/bizpayurl?pr=p4lpSuKzz"
TEXTS = (WECHAT, "https://qr.alipay.com/bax03431ljhokirwl38f00a7", "短", "1")


def bridge_of(**settings: object) -> Bridge:
    kept = Settings(None)
    kept.set(**settings)
    bridge = Bridge(kept)
    bridge.look.follow(kept.values)
    return bridge


def read(widget: QWidget, ratio: float) -> list[str]:
    """What a scanner that takes no inverted code finds in a widget as it is drawn."""
    size = widget.size() * ratio
    image = QImage(size, QImage.Format.Format_Grayscale8)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.black)
    widget.render(image)
    data = memoryview(bytes(image.constBits())).cast("B", (image.height(), image.bytesPerLine()))
    found = zxingcpp.read_barcodes(data, try_invert=False, formats=zxingcpp.BarcodeFormat.QRCode)
    return [one.text for one in found]


def order(**changed: object) -> Order:
    payment: dict[str, object] = {
        "provider": "wechat",
        "state": "pending",
        "fen": 4500,
        "qr": WECHAT,
        "expires_utc": rfc3339(SystemClock().utc_ms() + 600_000),
        **changed,
    }
    return Order(
        order="o",
        version=3,
        state=OrderState.AWAITING_PAYMENT,
        shop="wan",
        shop_name="晚风小屋",
        responder="yun",
        responder_name="云朵",
        offer="wan-30",
        minutes=30,
        mode="text",
        price_fen=4500,
        extensions_fen=0,
        extended_minutes=0,
        refund_fen=0,
        given_back_ms=0,
        terms=USUAL_TERMS,
        practice=False,
        created_utc=rfc3339(0),
        payment=PaymentView(**payment),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("appearance", ["light", "dark"])
@pytest.mark.parametrize("scale", [100, 125, 200])
@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 2.0])
def test_a_scanner_reads_the_code(
    qapp: QApplication, appearance: str, scale: int, ratio: float
) -> None:
    bridge = bridge_of(appearance=appearance, scale_percent=scale)
    code = QrCode(bridge.look, side=236)
    code.resize(code.sizeHint())
    for text in TEXTS:
        code.show_text(text)
        assert read(code, ratio) == [text]
    code.show_text("")
    assert read(code, ratio) == []


@pytest.mark.parametrize("appearance", ["light", "dark"])
def test_the_card_as_it_is_drawn_can_be_scanned(qapp: QApplication, appearance: str) -> None:
    bridge = bridge_of(appearance=appearance)
    holder = QWidget()
    holder.setObjectName("paper")
    holder.setStyleSheet(bridge.look.sheet())
    column = QVBoxLayout(holder)
    card = PayCard(bridge)
    column.addWidget(card)
    card.show_order(order())
    holder.resize(560, 700)
    holder.show()
    card.code.setFocus()
    qapp.processEvents()
    assert read(holder, 1.0) == [WECHAT]
    assert "45.00" in card.sum.text()
    assert "晚风小屋" in card.code.accessibleName()
    holder.hide()


def test_what_must_not_be_paid_again_cannot_be_scanned(qapp: QApplication) -> None:
    card = PayCard(bridge_of())
    card.show_ways(["wechat", "alipay"])
    for changed, title in (
        ({}, words.waiting()),
        ({"unanswered": True}, words.asking()),
        ({"expires_utc": rfc3339(0)}, words.last_look()),
        ({"qr": None}, words.making()),
    ):
        card.show_order(order(**changed))
        assert card.title.text() == title
        assert card.code.text == ("" if changed else WECHAT)
        assert card.others["alipay"].isEnabled() is not changed.get("unanswered", False)
        assert card.others["wechat"].isHidden()
        assert card.others["stripe"].isHidden()


def test_by_keyboard_the_link_is_copied_and_the_ways_are_taken(qapp: QApplication) -> None:
    card = PayCard(bridge_of())
    card.show_order(order())
    card.show_ways(["wechat", "alipay"])
    card.show()
    heard: list[str] = []
    card.another_way.connect(heard.append)
    card.cancel_asked.connect(lambda: heard.append("cancel"))
    assert card.code.focusPolicy() & Qt.FocusPolicy.TabFocus
    QTest.keyClick(card.copy, Qt.Key.Key_Space)
    assert QGuiApplication.clipboard().text() == WECHAT
    assert card.copy.text() == words.copied()
    QTest.keyClick(card.others["alipay"], Qt.Key.Key_Space)
    QTest.keyClick(card.cancel, Qt.Key.Key_Space)
    assert heard == ["alipay", "cancel"]
    card.hide()
