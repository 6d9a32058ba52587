"""The small parts, driven by keys and clicks as a person would."""

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import delete

from miaohui.client.settings import Settings
from miaohui.client.snapshots import WaitBar
from miaohui.desktop.look.look import Look
from miaohui.desktop.notices.toast import Toasts
from miaohui.desktop.widgets.button import MenuButton, button, fold
from miaohui.desktop.widgets.buttonrow import ButtonRow
from miaohui.desktop.widgets.card import Fitted, clear
from miaohui.desktop.widgets.flow import FlowLayout
from miaohui.desktop.widgets.label import Elided, label
from miaohui.desktop.widgets.ring import CountRing, tone_of_wait
from miaohui.desktop.widgets.sheet import Sheet
from miaohui.desktop.widgets.stars import StarRow
from miaohui.desktop.widgets.waits import WaitStrip


def look_of(**settings: object) -> Look:
    kept = Settings(None)
    kept.set(**settings)
    return Look(kept.values)


def test_names_never_bring_markup_along(qapp: QApplication) -> None:
    shown = label("<b>小林</b>")
    assert shown.textFormat() is Qt.TextFormat.PlainText
    assert shown.text() == "<b>小林</b>"


def test_a_bar_leads_to_its_message(qapp: QApplication) -> None:
    strip = WaitStrip(look_of())
    strip.resize(300, 56)
    bars = [WaitBar(key=f"k{n}", seq=n, wait_ms=3000 * n, state="kept") for n in range(1, 6)]
    strip.set_bars(bars, 10_000, "waits")
    pressed: list[str] = []
    strip.bar_pressed.connect(pressed.append)
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=strip.box_of(3).center().toPoint())
    QTest.keyClick(strip, Qt.Key.Key_Left)
    QTest.keyClick(strip, Qt.Key.Key_Return)
    assert pressed == ["k4", "k3"]
    assert strip.box_of(4).height() > strip.box_of(0).height()


def test_too_many_bars_show_the_newest(qapp: QApplication) -> None:
    strip = WaitStrip(look_of())
    strip.resize(100, 56)
    strip.set_bars([WaitBar(f"k{n}", n, 2000, "kept") for n in range(500)], 10_000)
    assert strip.box_of(0).isEmpty()
    assert not strip.box_of(499).isEmpty()
    assert strip.box_of(499).right() <= 100


def test_the_ring_stays_amber_until_the_relay_has_said_so(qapp: QApplication) -> None:
    ring = CountRing(look_of())
    ring.set_wait(6_900, 10_000, confirmed=False)
    assert ring.tone() == "kept"
    ring.set_wait(10_400, 10_000, confirmed=False)
    assert ring.tone() == "warn"
    ring.set_wait(10_400, 10_000, confirmed=True)
    assert ring.tone() == "breach"
    assert tone_of_wait(10_000, 10_000) == "warn"


def test_calm_mode_hides_the_ring(qapp: QApplication) -> None:
    assert CountRing(look_of(calm=True)).isHidden()


def test_stars_are_given_by_keys_and_clicks(qapp: QApplication) -> None:
    row = StarRow(look_of(), "stars")
    row.resize(row.sizeHint())
    QTest.keyClick(row, Qt.Key.Key_4)
    assert row.stars == 4
    QTest.keyClick(row, Qt.Key.Key_Right)
    QTest.keyClick(row, Qt.Key.Key_Right)
    assert row.stars == 5
    QTest.mouseClick(row, Qt.MouseButton.LeftButton, pos=QPoint(5, 10))
    assert row.stars == 1
    assert row.value() == 1


def test_tab_stays_in_a_sheet_and_esc_closes_it(qapp: QApplication) -> None:
    host = QWidget()
    host.resize(800, 600)
    outside = QLineEdit(host)
    host.show()
    outside.setFocus()
    body = QWidget()
    column = QVBoxLayout(body)
    fields = [QLineEdit(), QLineEdit()]
    for field in fields:
        column.addWidget(field)
    sheet = Sheet(host, look_of(), body)
    closed: list[bool] = []
    sheet.closed.connect(lambda: closed.append(True))
    seen = set()
    for _ in range(5):
        assert sheet.focusNextPrevChild(True)
        seen.add(QApplication.focusWidget())
    assert outside not in seen
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    assert closed == [True]
    assert sheet.isHidden()
    host.close()


def test_a_sheet_is_as_high_as_what_is_in_it(qapp: QApplication) -> None:
    for scale in (100, 200):
        host = QWidget()
        host.resize(900, 900)
        host.show()
        body = QWidget()
        column = QVBoxLayout(body)
        words = label("秒回 " * 60, "body", wrap=True)
        column.addWidget(words)
        for name in ("一", "二"):
            row = QHBoxLayout()
            row.addWidget(button(name, "primary"))
            row.addStretch(1)
            column.addLayout(row)
        sheet = Sheet(host, look_of(scale_percent=scale), body, width=300)
        qapp.processEvents()
        assert words.height() >= words.heightForWidth(words.width())
        (area,) = sheet.findChildren(QScrollArea)
        assert area.verticalScrollBar().maximum() == 0
        sheet.close_sheet()
        host.close()


def test_a_sheet_is_no_higher_than_its_words(qapp: QApplication) -> None:
    host = QWidget()
    host.resize(900, 900)
    host.show()
    body = QWidget()
    column = QVBoxLayout(body)
    words = [label("秒回 " * count, "body", wrap=True) for count in (2, 12, 20)]
    for each in words:
        column.addWidget(each)
    sheet = Sheet(host, look_of(), body, width=540)
    qapp.processEvents()
    for each in words:
        assert each.height() == each.heightForWidth(each.width()), each.text()
    sheet.close_sheet()
    host.close()


def test_a_list_that_is_fitted_is_as_high_as_its_rows_up_to_a_most(qapp: QApplication) -> None:
    for count in (2, 40):
        host, inside = QWidget(), QWidget()
        host.resize(300, 600)
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(0, 0, 0, 0)
        column = QVBoxLayout(host)
        area = Fitted(inside, most=150)
        below = QLineEdit()
        column.addWidget(area)
        column.addWidget(below)
        column.addStretch(1)
        host.show()
        for number in range(count):
            rows.addWidget(label(f"{number}"))
        for _turn in range(3):  # the rows are shown, the list follows them, the column the list
            qapp.processEvents()
        assert area.height() == min(150, inside.sizeHint().height())
        assert area.geometry().bottom() < below.geometry().top()
        host.close()


def test_a_foot_stays_in_sight_below_what_is_scrolled(qapp: QApplication) -> None:
    host = QWidget()
    host.resize(500, 300)
    host.show()
    body = QWidget()
    column = QVBoxLayout(body)
    field = QLineEdit()
    column.addWidget(field)
    column.addWidget(label("秒回 " * 400, "body", wrap=True))
    body.foot = QWidget(body)  # type: ignore[attr-defined]
    pay = button("支付", "primary")
    QVBoxLayout(body.foot).addWidget(pay)  # type: ignore[attr-defined]
    sheet = Sheet(host, look_of(), body, width=300)
    qapp.processEvents()
    (area,) = sheet.findChildren(QScrollArea)
    assert area.verticalScrollBar().maximum() > 0
    assert pay.visibleRegion().boundingRect() == pay.rect()
    host.resize(500, 2000)
    qapp.processEvents()
    assert area.verticalScrollBar().maximum() == 0, "with room for all nothing is scrolled"
    field.setFocus()
    assert sheet.focusNextPrevChild(True)
    assert QApplication.focusWidget() is pay
    sheet.close_sheet()
    host.close()


def test_a_sheet_with_something_under_way_stays(qapp: QApplication) -> None:
    host = QWidget()
    host.resize(800, 600)
    host.show()
    sheet = Sheet(host, look_of(), QWidget())
    sheet.may_close = lambda: False
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    assert sheet.isVisible()
    sheet.close_sheet()
    host.close()


def test_toasts_do_not_repeat_themselves_and_are_at_most_three(qapp: QApplication) -> None:
    host = QWidget()
    host.resize(800, 600)
    host.show()
    toasts = Toasts(host, look_of())
    for text in ("a", "a", "b", "c", "d"):
        toasts.show(text)
    assert toasts.texts() == ["b", "c", "d"]
    QTest.mouseClick(toasts.frames()[1].findChild(QLabel), Qt.MouseButton.LeftButton)
    assert toasts.texts() == ["b", "d"], "a click takes one away"
    host.close()


def test_a_short_toast_is_one_line(qapp: QApplication) -> None:
    for scale in (100, 250):
        host = QWidget()
        host.resize(1200, 600)
        host.show()
        toasts = Toasts(host, look_of(scale_percent=scale))
        toasts.show("对方超过 10 秒没有回复，正在给你补时。")
        qapp.processEvents()
        words = toasts.frames()[0].findChild(QLabel)
        assert words.heightForWidth(words.width()) < 2 * words.fontMetrics().height()
        host.close()


def test_a_toast_keeps_its_room_when_the_text_grows(qapp: QApplication) -> None:
    settings = Settings(None)
    look = Look(settings.values)
    host = QWidget()
    host.resize(1000, 600)
    host.show()
    toasts = Toasts(host, look)
    toasts.show("网络断了，正在重新连接，说过的话都在。" * 2, "打开", lambda: None)
    settings.set(scale_percent=200)
    look.follow(settings.values)
    for _ in range(3):
        QApplication.processEvents()
    (frame,) = host.findChildren(QFrame)[:1]
    press = frame.findChildren(QPushButton)[0]
    assert frame.rect().contains(press.geometry())
    assert press.height() >= press.sizeHint().height()
    assert press.width() >= press.sizeHint().width()
    host.close()


def test_buttons_that_do_not_fit_stand_one_above_the_other(qapp: QApplication) -> None:
    row = ButtonRow()
    presses = [button(text) for text in ("Cancel", "End now, without the last answer", "End after")]
    for press in presses:
        row.add(press)
    row.resize(2000, 60)
    row.show()
    QApplication.processEvents()
    assert not row.is_stacked
    row.resize(300, 200)
    QApplication.processEvents()
    assert row.is_stacked
    assert all(row.rect().contains(press.geometry()) for press in presses)
    row.resize(2000, 60)
    QApplication.processEvents()
    assert not row.is_stacked
    row.close()


def test_a_flow_takes_rows_and_forgets_what_is_gone(qapp: QApplication) -> None:
    holder = QWidget()
    holder.resize(300, 200)
    flow = FlowLayout(holder)
    row = QHBoxLayout()
    inside = QLabel("in a row")
    row.addWidget(inside)
    flow.addLayout(row)
    flow.addWidget(QLabel("by itself"))
    holder.show()
    QApplication.processEvents()
    assert inside.isVisible()
    assert inside.parentWidget() is holder
    delete(row)
    flow.invalidate()
    holder.resize(200, 200)
    QApplication.processEvents()
    assert flow.count() == 1
    within = QWidget()
    column = QVBoxLayout(within)
    nested = FlowLayout()
    nested.addWidget(QLabel("one"))
    column.addLayout(nested)
    clear(column)
    assert nested.count() == 0
    holder.close()


def test_a_flow_in_a_holder_that_is_already_shown(qapp: QApplication) -> None:
    holder = QWidget()
    holder.show()
    flow = FlowLayout(holder)
    for text in ("a", "b"):
        flow.addWidget(QLabel(text))
    QApplication.processEvents()
    assert flow.count() == 2
    holder.close()


def test_a_menu_button_tells_its_choice(qapp: QApplication) -> None:
    made = MenuButton()
    chosen: list[str] = []
    made.chosen = chosen.append
    made.set_choices([("a", "Anna & co"), ("b", "Bert")], "a", "Who: ")
    assert made.accessibleName() == "Who: Anna & co"
    made.menu_shown().actions()[1].trigger()
    assert chosen == ["b"]
    assert made.current == "b"


def test_a_flow_goes_on_in_the_next_line(qapp: QApplication) -> None:
    holder = QWidget()
    flow = FlowLayout(holder, gap=4)
    for text in ("one", "two", "three", "four"):
        flow.addWidget(button(text))
    assert flow.heightForWidth(80) > flow.heightForWidth(2000)


def test_a_breach_never_reads_ten_seconds_in_the_ring(qapp: QApplication) -> None:
    ring = CountRing(look_of())
    ring.set_wait(10_001, 10_000, confirmed=True)
    assert ring.figure() == "10.1"
    ring.set_wait(10_400, 10_000, confirmed=False)  # the relay has yet to say so
    assert ring.figure() == "10.0"
    ring.set_wait(600_001, 10_000, confirmed=True)
    assert ring.figure() == "10:00"


def test_a_short_name_does_not_hold_its_neighbour_away(qapp: QApplication) -> None:
    short, long = Elided("汽水"), Elided("一家名字很长的店铺")
    assert short.minimumSizeHint().width() <= short.sizeHint().width()
    assert long.minimumSizeHint().width() < long.sizeHint().width()


def test_the_last_of_a_flow_may_stand_at_the_end(qapp: QApplication) -> None:
    holder = QWidget()
    flow = FlowLayout(holder, gap=8, push_last=True)
    marks = [QLabel(word) for word in ("one", "two", "last")]
    for mark in marks:
        flow.addWidget(mark)
    wide = sum(one.sizeHint().width() for one in marks) + 100
    flow.setGeometry(QRect(0, 0, wide, 40))
    assert marks[2].geometry().right() == wide - 1
    assert marks[1].x() == marks[0].width() + 8
    narrow = max(one.sizeHint().width() for one in marks) + 4
    flow.setGeometry(QRect(0, 0, narrow, 200))
    assert marks[2].geometry().right() == narrow - 1
    assert marks[2].y() > marks[1].y() > marks[0].y()


def test_a_button_folds_where_there_is_no_room(qapp: QApplication) -> None:
    for words in ("End and refund the rest", "结束，退回没用完的时间"):
        press = button(words)
        wide = press.sizeHint().width()
        fold(press, wide)
        assert press.text() == words
        fold(press, wide * 2 // 3)
        assert "\n" in press.text()
        assert press.sizeHint().width() <= wide * 2 // 3
        assert press.text().replace("\n", " " if " " in words else "") == words
        fold(press, wide)
        assert press.text() == words


def test_what_is_wider_than_its_row_wraps(qapp: QApplication) -> None:
    holder = QWidget()
    flow = FlowLayout(holder)
    tile = QWidget()
    inside = QVBoxLayout(tile)
    long = label("at least 18 hours a day, in many places 24", wrap=True)
    inside.addWidget(long)
    flow.addWidget(tile)
    hint = tile.sizeHint()
    assert flow.heightForWidth(hint.width() * 2) == hint.height()
    assert flow.heightForWidth(hint.width() // 2) > hint.height()
