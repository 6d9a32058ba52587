"""A responder's row in a shop: who, how busy, the newest wait, the share kept."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout

from miaohui.desktop.look import amounts, sanitize
from miaohui.desktop.look.look import Look
from miaohui.desktop.models import measures
from miaohui.desktop.strings import customercard as card_words
from miaohui.desktop.strings import shop as words
from miaohui.desktop.widgets.avatar import Avatar
from miaohui.desktop.widgets.label import Elided, label
from miaohui.desktop.widgets.pill import pill, set_tone
from miaohui.promise import words as figure_words
from miaohui.wire.catalogue import CardsKept, Measured, Person

__all__ = ["PersonLine", "besides_of", "cards_line", "presence_words"]


def presence_words(person: Person) -> str:
    """``空闲 · 在班 1 时 40 分``: the weightier half first, in case there is no room for both."""
    if person.presence == "off":
        return words.off()
    if person.presence == "break":
        return words.resting()
    load = (
        words.serving(person.sessions_now, person.capacity) if person.sessions_now else words.free()
    )
    if person.on_since_ms is None:
        return load
    return f"{load} · {words.on_since(person.on_since_ms)}"


def besides_of(measured: Measured) -> str:
    """The figures beside kept %, in two lines: messages, late share, customers; orders accepted and
    not shown up for."""
    passed = measured.declined + measured.lapsed
    return "\n".join(
        (
            words.besides(
                figure_words.kept(measures.asks_rate_of(measured)),
                measures.late_figure(measured),
                measured.customers,
                measured.kept + measured.breached,
            ),
            words.offers_taken(
                figure_words.accepted(measured.taken, passed),
                figure_words.no_shows(measured.no_shows, measured.taken),
            ),
        )
    )


def cards_line(answers: CardsKept | None, *, few: bool) -> str:
    """Customers' answers about their cards in a line; empty where nobody was asked, or, unless ``few``, where
    the answers are too few for a percentage."""
    if answers is None:
        return ""
    rate = measures.cards_rate_of(answers)
    if not (few or rate.shows_percent):
        return ""
    return card_words.kept_share(figure_words.kept(rate), answers.partly, answers.days)


class PersonLine(QPushButton):
    """Pressing it orders from this person."""

    def __init__(self, look: Look, person: Person) -> None:
        super().__init__()
        self.setProperty("kind", "person")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._look = look
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 4, 4, 4)
        row.setSpacing(10)
        self.avatar = Avatar(look, person.name, 30)
        self.name = Elided(person.name)
        self.state = Elided("", "small")
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(self.name)
        names.addWidget(self.state)
        self.wait = pill()
        self.kept = label("", "second", align=Qt.AlignmentFlag.AlignRight)
        row.addWidget(self.avatar)
        row.addLayout(names, 1)
        row.addWidget(self.wait, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.kept, 0, Qt.AlignmentFlag.AlignVCenter)
        for child in (self.avatar, self.name, self.state, self.wait, self.kept):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.show_person(person)

    def sizeHint(self) -> QSize:
        layout = self.layout()
        return layout.sizeHint() if layout is not None else super().sizeHint()

    def minimumSizeHint(self) -> QSize:
        return QSize(self._look.px(160), self.sizeHint().height())

    def show_person(self, person: Person) -> None:
        off = person.presence == "off"
        self.avatar.set_name(person.name, off=off)
        self.name.setText(person.name)
        self.state.setText(presence_words(person))
        measured = besides_of(person.measured).replace("\n", " · ")
        about = f"{person.about}\n{measured}" if person.about else measured
        self.setToolTip(sanitize.tip(about))
        wait = None if off else person.last_wait_ms
        tone = measures.wait_tone(wait) or "plain"
        set_tone(self.wait, words.now_wait(amounts.seconds(wait)), tone)
        figure = measures.kept_figure(person.measured)
        self.kept.setText(figure)
        self.kept.setMinimumWidth(self._look.px(38))
        self.setAccessibleName(words.choose_person(sanitize.line(person.name)))
        self.setAccessibleDescription(
            f"{presence_words(person)} · {self.wait.text()} · {figure} · {measured}"
        )
