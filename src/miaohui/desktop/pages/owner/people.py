"""The people of the shop, and the invitations that are open."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look import amounts
from miaohui.desktop.models import measures
from miaohui.desktop.pages.owner.panel import ShopPanel
from miaohui.desktop.pages.people import presence_words
from miaohui.desktop.strings import myshop as words
from miaohui.desktop.strings import shopbooks as book_words
from miaohui.desktop.widgets.avatar import Avatar
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.card import card, clear, rule
from miaohui.desktop.widgets.label import Elided, label
from miaohui.promise import words as figure_words
from miaohui.wire.catalogue import Person
from miaohui.wire.frame import Command
from miaohui.wire.owner import DropInvitation, GetShopPeople, LetGo, OpenInvitation, ShopPeople
from miaohui.wire.shopkeeping import Invitation, InviteResponder

__all__ = ["PeoplePanel"]


class PeoplePanel(ShopPanel):
    """A row for everybody who answers in the shop, and one for every open invitation."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self.team: ShopPeople | None = None
        self._leaving = ""  # whom the owner is asked about

    @property
    def is_empty(self) -> bool:
        return self.team is None

    def _steps(self) -> Iterator[None]:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 10, 24)
        column.setSpacing(14)
        column.addWidget(self._people_card())
        yield
        column.addWidget(self._invitations_card())
        column.addStretch(1)

    def _people_card(self) -> QFrame:
        frame, column = card(margin=22, gap=10)
        column.addWidget(label(words.people(), "heading"))
        self.people = QVBoxLayout()
        self.people.setSpacing(6)
        column.addLayout(self.people)
        return frame

    def _invitations_card(self) -> QFrame:
        frame, column = card(margin=22, gap=10)
        column.addWidget(label(book_words.invitations(), "heading"))
        self.invitations = QVBoxLayout()
        self.invitations.setSpacing(6)
        column.addLayout(self.invitations)
        self.invited = label(words.invited(), "small", wrap=True)
        self.code = label("", "strong", wrap=True, selectable=True)
        self.copy = button(words.copy(), "link")
        self.copy.clicked.connect(self._copy)
        for one in (self.invited, self.code, self.copy):
            one.hide()
        column.addWidget(self.invited)
        row = QHBoxLayout()
        row.addWidget(self.code, 1)
        row.addWidget(self.copy)
        column.addLayout(row)
        foot = QHBoxLayout()
        foot.addStretch(1)
        self.invite = button(words.invite(), "outline")
        self.invite.clicked.connect(self._invite)
        foot.addWidget(self.invite)
        column.addLayout(foot)
        return frame

    # --- showing -------------------------------------------------------------------------------
    def read(self) -> None:
        if self.own_shop is not None:
            self.ask(GetShopPeople(id=self._bridge.new_id()), self._show)

    def _show(self, team: ShopPeople) -> None:
        before, self.team = self.team, team
        if before is None or before.people != team.people:
            self._show_people(team.people)
        if before is None or before.invitations != team.invitations:
            self._show_invitations(team.invitations)

    def _show_people(self, people: list[Person]) -> None:
        clear(self.people)
        for at, person in enumerate(people):
            if at:
                self.people.addWidget(rule())
            self.people.addWidget(self._row(person))
        if not people:
            self.people.addWidget(label(words.no_people(), "second"))

    def _row(self, person: Person) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 4, 0, 4)
        row = QHBoxLayout()
        row.setSpacing(10)
        column.addLayout(row)
        row.addWidget(Avatar(self._bridge.look, person.name, 32, off=person.presence == "off"))
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(Elided(person.name, "strong"))
        names.addWidget(Elided(presence_words(person), "small"))
        row.addLayout(names, 1)
        row.addWidget(label(figure_words.kept(measures.rate_of(person.measured)), "second"))
        leave = button(
            book_words.let_go(),
            "link",
            name=book_words.about_person(book_words.let_go(), person.name),
        )
        leave.setObjectName(f"leave-{person.responder}")
        leave.clicked.connect(lambda: self._ask_leave(person.responder))
        row.addWidget(leave)
        if self._leaving == person.responder:
            column.addWidget(label(book_words.let_go_about(), "small", wrap=True))
            foot = QHBoxLayout()
            foot.addStretch(1)
            keep = button(book_words.keep(), "plain")
            keep.clicked.connect(lambda: self._ask_leave(""))
            sure = button(book_words.let_go_sure(), "outline")
            sure.setObjectName(f"let-go-{person.responder}")
            sure.clicked.connect(lambda: self._let_go(person.responder))
            foot.addWidget(keep)
            foot.addWidget(sure)
            column.addLayout(foot)
        return holder

    def _show_invitations(self, invitations: list[OpenInvitation]) -> None:
        clear(self.invitations)
        today = amounts.here(self._bridge.clock.utc_ms())
        for one in invitations:
            row = QHBoxLayout()
            line = book_words.invitation_line(
                one.role, by_host=one.by_host, until=amounts.moment(one.expires_utc, today)
            )
            row.addWidget(Elided(line), 1)
            if one.role == "responder" and not one.by_host:
                drop = button(
                    book_words.withdraw(),
                    "link",
                    name=book_words.about_person(book_words.withdraw(), line),
                )
                drop.setObjectName(f"withdraw-{one.invitation}")
                drop.clicked.connect(lambda _=False, which=one.invitation: self._withdraw(which))
                row.addWidget(drop)
            self.invitations.addLayout(row)
        if not invitations:
            self.invitations.addWidget(label(book_words.no_invitations(), "second"))

    # --- changing ------------------------------------------------------------------------------
    def _invite(self) -> None:
        def show(invitation: Invitation) -> None:
            self.code.setText(invitation.invite)
            self.copy.setText(words.copy())
            for one in (self.invited, self.code, self.copy):
                one.show()
            self.read()

        self.ask(InviteResponder(id=self._bridge.new_id()), show)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.code.text())
        self.copy.setText(words.copied())

    def _withdraw(self, invitation: str) -> None:
        for one in (self.invited, self.code, self.copy):
            one.hide()
        self._do(DropInvitation(id=self._bridge.new_id(), invitation=invitation))

    def _ask_leave(self, responder: str) -> None:
        self._leaving = responder
        if self.team is not None:
            self._show_people(self.team.people)

    def _let_go(self, responder: str) -> None:
        self._ask_leave("")
        self._do(LetGo(id=self._bridge.new_id(), responder=responder))

    def _do(self, command: Command) -> None:
        def done(_done: object) -> None:
            self.said.emit("")
            self.read()

        self.ask(command, done)
