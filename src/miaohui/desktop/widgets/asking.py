"""A question in a sheet: some words, and a button for each answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from miaohui.desktop.look.look import Look
from miaohui.desktop.loop.scheduler import Scheduler
from miaohui.desktop.strings import conversation as say
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.buttonrow import ButtonRow
from miaohui.desktop.widgets.label import label
from miaohui.desktop.widgets.sheet import Sheet, over

Answers = Sequence[tuple[str, str, Callable[[], None]]]


def ask(
    host: QWidget,
    look: Look,
    title: str,
    words: str,
    answers: Answers,
    *,
    detail: str = "",
    leave: str = "",
    scheduler: Scheduler | None = None,
) -> Sheet:
    """``answers``: words, kind of button, what it does. Esc and "cancel" (``leave``: in other words)
    do nothing."""
    body = QWidget()
    column = QVBoxLayout(body)
    column.setContentsMargins(28, 24, 28, 20)
    column.setSpacing(10)
    column.addWidget(label(title, "heading", wrap=True))
    column.addWidget(label(words, "second", wrap=True))
    if detail:
        column.addWidget(label(detail, "strong", wrap=True, selectable=True))
    column.addSpacing(8)
    row = ButtonRow()
    cancel = button(leave or say.cancel())
    row.add(cancel)
    presses = []
    for text, kind, act in answers:
        press = button(text, kind)
        row.add(press)
        presses.append((press, act))
    column.addWidget(row)
    sheet = over(host, look, body, width=540, scheduler=scheduler)
    cancel.clicked.connect(sheet.close_sheet)

    def answered(act: Callable[[], None]) -> None:
        # Once, however often it is pressed. The sheet goes first: what the answer does may open
        # another one.
        if not sheet.is_closed:
            sheet.close_sheet()
            act()

    for press, act in presses:
        press.clicked.connect(lambda _=False, act=act: answered(act))
    return sheet
