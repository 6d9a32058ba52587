"""Roles, names and values as a screen reader is told them."""

from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QButtonGroup, QPushButton, QVBoxLayout, QWidget
from tests.desktop.reader import name_of, named, reading, walk

from miaohui.client.settings import Values
from miaohui.client.snapshots import WaitBar
from miaohui.desktop.look.look import Look
from miaohui.desktop.widgets.button import button, chip, one_of
from miaohui.desktop.widgets.label import label
from miaohui.desktop.widgets.sheet import Sheet
from miaohui.desktop.widgets.spoken import HOST, set_spoken_role
from miaohui.desktop.widgets.stars import StarRow
from miaohui.desktop.widgets.waits import WaitStrip

Role, Text = QAccessible.Role, QAccessible.Text


def seen_as(widget: QWidget) -> QAccessible.Role:
    seen = QAccessible.queryAccessibleInterface(widget)
    assert seen is not None
    return seen.role()


def test_stars_are_a_slider_with_a_value(qapp: QApplication) -> None:
    stars = StarRow(Look(Values()), "Stars")
    stars.show()
    with reading() as said:
        stars.set_stars(4)
        seen = QAccessible.queryAccessibleInterface(stars)
        assert seen is not None
        assert (seen.role(), name_of(seen)) == (Role.Slider, "Stars")
        value = seen.valueInterface()
        assert value is not None
        assert (value.currentValue(), value.minimumValue(), value.maximumValue()) == (4, 0, 5)
        assert QAccessible.Event.ValueChanged in {one.kind for one in said}


def test_one_choice_of_several_is_a_radio_button(qapp: QApplication) -> None:
    host = QWidget()
    column = QVBoxLayout(host)
    first, second = QButtonGroup(host), QButtonGroup(host)
    made: list[QPushButton] = []
    for group in (first, second):
        for name in ("one", "two"):
            made.append(chip(name))
            one_of(group, made[-1])
            column.addWidget(made[-1])
    assert {seen_as(one) for one in made} == {Role.RadioButton}
    for one in made[0], made[3], made[1]:
        one.click()
    # Each set excludes its own alone.
    assert [one.isChecked() for one in made] == [False, True, False, True]
    assert seen_as(chip("a filter")) is Role.CheckBox


def test_a_dialog_has_a_title_its_terms_and_nothing_behind_it(qapp: QApplication) -> None:
    host = QWidget()
    host.resize(600, 400)
    set_spoken_role(host, HOST)
    column = QVBoxLayout(host)
    column.addWidget(button("behind it"))
    host.show()
    assert named(host, Role.Button) == ["behind it"]
    body = QWidget()
    inner = QVBoxLayout(body)
    inner.addWidget(label("Pay ¥30?", "heading"))
    inner.addWidget(label("30 minutes, and what is late comes back.", "second"))
    inner.addWidget(button("Pay"))
    with reading() as said:
        sheet = Sheet(host, Look(Values()), body)
        dialog = QAccessible.queryAccessibleInterface(sheet)
        assert dialog is not None
        assert (dialog.role(), name_of(dialog)) == (Role.Dialog, "Pay ¥30?")
        assert dialog.text(Text.Description) == "30 minutes, and what is late comes back."
        assert dialog.state().modal
        assert named(host, Role.Button) == ["Pay"]
        assert QAccessible.Event.DialogStart in {one.kind for one in said}
        sheet.close_sheet()
        assert named(host, Role.Button) == ["behind it"]
        assert QAccessible.Event.DialogEnd in {one.kind for one in said}


def test_a_bar_of_the_waits_is_said_as_it_is_reached(qapp: QApplication) -> None:
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    strip = WaitStrip(Look(Values()))
    strip.set_bars(
        [WaitBar("a", 1, 2_400, "kept"), WaitBar("b", 2, 12_000, "breached")], 10_000, "Waits"
    )
    strip.show()
    with reading() as said:
        QTest.keyClick(strip, Qt.Key.Key_Right)
        assert QAccessible.Event.DescriptionChanged in {one.kind for one in said}
        first = strip.accessibleDescription()
        QTest.keyClick(strip, Qt.Key.Key_Right)
        assert first != strip.accessibleDescription()
        assert "12" in strip.accessibleDescription()


def test_walking_goes_into_what_is_seen_only(qapp: QApplication) -> None:
    host = QWidget()
    column = QVBoxLayout(host)
    hidden = button("hidden")
    column.addWidget(hidden)
    host.show()
    hidden.hide()
    assert named(host, Role.Button) == []
    assert [one.role() for one in walk(host)][:1] == [Role.Client]
