"""One conversation on screen: head, messages, decisions, composer, and the promise panel.

It serves both sides: a customer sees the promise panel, a responder (``desk``) the same
conversation with what is left of the ten seconds above the composer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from miaohui.client.snapshots import (
    AppView,
    Difference,
    Inserted,
    LinkState,
    PanelView,
    SessionView,
    Updated,
)
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.chat.composer import ComposerBox
from miaohui.desktop.chat.model import ChatModel
from miaohui.desktop.chat.row_mapper import People
from miaohui.desktop.chat.view import ChatView
from miaohui.desktop.look import amounts, sanitize
from miaohui.desktop.look.theme import calmed
from miaohui.desktop.pages.cardlines import CardNote
from miaohui.desktop.pages.reports.filing import FilingPane
from miaohui.desktop.pages.sessions.banner import Banners
from miaohui.desktop.pages.sessions.care import Care
from miaohui.desktop.pages.sessions.carecard import CareCard
from miaohui.desktop.pages.sessions.dealings import Dealings
from miaohui.desktop.pages.sessions.decisions import (
    Acts,
    Passing,
    customer_banners,
    responder_banners,
)
from miaohui.desktop.pages.sessions.head import ConversationHead
from miaohui.desktop.pages.sessions.hearing import NotePlayer
from miaohui.desktop.pages.sessions.lines import ConversationLines
from miaohui.desktop.pages.sessions.lures import NEWEST, FraudPane, LureBar, Lures
from miaohui.desktop.pages.sessions.peercare import PeerCareCard
from miaohui.desktop.pages.sessions.pictures import SHOWN, Thumbnails
from miaohui.desktop.pages.sessions.recording import OWN, Recording
from miaohui.desktop.pages.sessions.viewer import PictureViewer
from miaohui.desktop.pages.sessions.writing import Writing
from miaohui.desktop.panel.countbar import CountBar
from miaohui.desktop.panel.panel import PromisePanel
from miaohui.desktop.panel.stopped import StoppedPanel
from miaohui.desktop.strings import care as care_words
from miaohui.desktop.strings import conversation as say
from miaohui.desktop.strings import desk as say_desk
from miaohui.desktop.strings import shell
from miaohui.desktop.system.audio import AudioDevices
from miaohui.desktop.system.weblink import open_asking
from miaohui.desktop.widgets.asking import ask
from miaohui.desktop.widgets.card import held
from miaohui.desktop.widgets.page import Pane
from miaohui.desktop.widgets.sheet import over
from miaohui.pictures.decoder import Pixels
from miaohui.voice.decoder import HeardNote
from miaohui.wire.catalogue import Offer as ShopOffer
from miaohui.wire.desk import Desk
from miaohui.wire.sessions import SessionCard

TICK_MS = 100
FRESH_MS = 20
HEAD_ROOM = 500  # of the design's pixels, for the head to say everything
TIGHT_ROOM = 330  # below, a name and two buttons are too much


class ConversationPane(Pane):
    """Shows one session at a time. Signals: ``receipt_requested(session)``,
    ``notice_wanted(words)``: something to be said at the window's foot; ``spoken(words)``: something
    has come on screen that a screen reader would not find by itself."""

    receipt_requested = Signal(str)
    notice_wanted = Signal(str)
    spoken = Signal(str)

    def __init__(
        self, bridge: Bridge, *, desk: bool = False, devices: AudioDevices | None = None
    ) -> None:
        super().__init__()
        self._devices = devices or AudioDevices()
        self._bridge, self._desk = bridge, desk
        self._session = ""
        self._places: dict[str, tuple[str, int]] = {}  # where each was being read
        self._people = People("", "")
        self._refused_handover: set[str] = set()
        self._seen_desk: Desk | None = None
        self._desk_at = 0  # this machine's mono ms at which it came
        self._card: SessionCard | None = None
        self._linked = True
        self._offers_asked = False  # a session's shop is known a moment after its opening
        self._unread_key: str | None = None
        self._model = ChatModel(self)
        self._lines = ConversationLines(
            self._model, self._people, at_end=lambda: self.view.follows_end
        )
        self._fresh = QTimer(self, singleShot=True, interval=FRESH_MS)
        self._fresh.timeout.connect(self._freshen)
        self.dealings = Dealings(bridge, self, self)

    def _steps(self) -> Iterator[None]:
        """All of it is more than the window may be held up for at once."""
        bridge = self._bridge
        self.head = ConversationHead(bridge.look)
        self.banners = Banners()
        self.countbar = CountBar(bridge.look)
        yield
        self.view = ChatView(self._model)
        self._thumbnails = Thumbnails(self._decode, self.view.media_ready)
        self.view.set_thumbnails(self._thumbnails)
        yield
        self.composer = ComposerBox()
        self.writing = Writing(bridge, self.composer, self.view)
        self.player = NotePlayer(self._fetch_note, self._devices, self)
        self.recording = Recording(bridge, self.composer, self.player, self._devices)
        self.view.set_voices(self.player.shown)
        yield
        self.panel = PromisePanel(bridge.look)
        yield
        self.stopped = StoppedPanel()
        self.card = CareCard()
        self.care = Care(bridge, self.card)
        self.peer_card = PeerCareCard()
        self.card_note = CardNote()
        self.lure_bar = LureBar()
        self.lures = Lures(self.lure_bar, self._codes_in, desk=self._desk)
        yield
        self._build()
        self._connect()
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.tick)
        yield
        yield from self._wear_look()
        self.retranslate()

    def _build(self) -> None:
        talk = QVBoxLayout()
        talk.setContentsMargins(0, 0, 0, 0)
        talk.setSpacing(0)
        talk.addWidget(self.head)
        notes = QVBoxLayout()
        notes.setContentsMargins(20, 8, 20, 0)
        notes.addWidget(self.card_note)
        talk.addLayout(notes)
        talk.addWidget(held(self.view), 1)
        cards = QVBoxLayout()
        cards.setContentsMargins(20, 4, 20, 4)
        cards.addWidget(self.card)
        cards.addWidget(self.peer_card)
        cards.addWidget(self.lure_bar)
        talk.addLayout(cards)
        talk.addWidget(self.banners)
        talk.addWidget(self.countbar)
        talk.addWidget(held(self.composer))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addLayout(talk, 1)
        row.addWidget(self.panel)
        row.addWidget(self.stopped)
        self.setObjectName("paper")
        self.setAcceptDrops(True)
        self.panel.setVisible(not self._desk)
        self.countbar.setVisible(False)

    def _connect(self) -> None:
        bridge, view = self._bridge, self.view
        bridge.session_changed.connect(self._session_changed)
        bridge.messages_changed.connect(self._messages_changed)
        bridge.app_changed.connect(self._app_changed)
        bridge.look.changed.connect(self._look_changed)
        bridge.setting_changed.connect(self._setting_changed)
        view.link_activated.connect(lambda url: open_asking(self.window(), bridge, url))
        view.bottom_seen.connect(self._seen)
        view.report_requested.connect(self.report)
        self.lure_bar.more.connect(self.tell_fraud)
        self.lure_bar.put_away.connect(self.composer.setFocus)
        self.composer.changed.connect(self._written)
        view.picture_activated.connect(self._open_picture)
        self.writing.notice_wanted.connect(self.notice_wanted)
        view.voice_toggled.connect(lambda key: self._heard(key, self.player.toggle))
        view.voice_sought.connect(
            lambda key, share: self._heard(key, lambda media: self.player.seek(media, share))
        )
        view.voice_stepped.connect(self._step_note)
        view.voice_speed_wanted.connect(lambda _key: self.player.next_speed())
        self.player.changed.connect(view.media_ready)
        self.player.silent.connect(lambda reason: self.notice_wanted.emit(say.no_sound(reason)))
        self.player.not_here.connect(lambda: self.notice_wanted.emit(say.note_not_here()))
        self.recording.notice_wanted.connect(self.notice_wanted)
        self.recording.sent.connect(view.jump_to_end)
        self.panel.jump_requested.connect(self.view.jump_to)
        self.panel.extend_requested.connect(self._extend)
        self.panel.receipt_requested.connect(lambda: self.receipt_requested.emit(self._session))
        self.head.hand_over.clicked.connect(self._hand_over)
        self.peer_card.hand_over_wanted.connect(self._hand_over)
        self.peer_card.end_wanted.connect(self._end)
        self.stopped.end_wanted.connect(self._end)
        self.stopped.card_wanted.connect(self.open_card)
        self.stopped.resume_wanted.connect(lambda: self.dealings.resume(self._session))
        self.care.notice_wanted.connect(self.notice_wanted)
        self.card.came.connect(lambda: self.spoken.emit(care_words.came()))
        self.lure_bar.came.connect(self.spoken)
        self.care.keyboard_free.connect(self.composer.setFocus)
        if not self._desk:
            self.writing.sent.connect(self.care.sent)

    # --- which session ------------------------------------------------------------------------
    @property
    def session(self) -> str:
        return self._session

    def show_session(self, session: str) -> None:
        """Puts a conversation on screen; the one before keeps its draft."""
        if session == self._session:
            self.refresh()
            return
        self._keep_place()
        self._session = session
        self._offers_asked = False
        client = self._bridge.client
        client.focus(session or None)
        found = client.session(session) if session else None
        self._unread_key = found.unread_key if found else None
        self._thumbnails.forget()
        self.refresh()
        self._lines.show(client.messages(session), self._unread_key)
        if self._unread_key is None or not self.view.jump_to("unread"):
            place = self._places.get(session)
            if place is None or not self.view.go_back(place):
                self.view.jump_to_end()
        self.care.begin(session)
        messages = client.messages(session)
        self.lures.begin(messages[n] for n in range(max(0, len(messages) - NEWEST), len(messages)))
        self.writing.begin(session)
        self.player.pause()
        self.recording.begin(session)
        self._timer.start()
        self.tick()

    def leave(self) -> None:
        """Nothing is on screen any more: the clockwork stops."""
        self._timer.stop()
        self.writing.begin("")
        self.player.pause()
        self.recording.begin("")
        if self._session:
            self._keep_place()
            self._bridge.client.focus(None)
        self._session = ""

    def _keep_place(self) -> None:
        """Where somebody reads in it: found again when they come back."""
        place = self.view.place() if self._session else None
        if place is not None:
            self._places[self._session] = place
        else:
            self._places.pop(self._session, None)

    def showEvent(self, event: object) -> None:
        if self._session:
            self._timer.start()

    def hideEvent(self, event: object) -> None:
        self._timer.stop()
        self.player.pause()
        self.recording.rest()
        if self._session and self._bridge.is_attached:
            self.writing.rest()

    # --- facts --------------------------------------------------------------------------------
    def _session_changed(self, session: str) -> None:
        # Reading a long history changes a session a hundred times a second: the head and the bars
        # are made once for all of them.
        if session == self._session and not self._fresh.isActive():
            self._fresh.start()

    def _freshen(self) -> None:
        if self._session:
            self.refresh()
            self.tick()

    def _messages_changed(self, session: str, differences: tuple[Difference, ...]) -> None:
        if session != self._session:
            return
        messages = self._bridge.client.messages(session)
        self._lines.apply(differences, messages, self._unread_key)
        for one in differences:
            if isinstance(one, Inserted) and one.index + len(one.messages) >= len(messages):
                self.lures.came(one.messages[-NEWEST:])
            if isinstance(one, Updated):
                media = one.message.picture or one.message.voice
                if media is not None:
                    self.view.media_ready(media.media)
            if isinstance(one, Updated) and one.index >= len(messages) - NEWEST:
                self.lures.came([one.message])  # its picture is here now, or it was corrected

    def _app_changed(self) -> None:
        if not self._session:
            return
        app = self._bridge.client.view
        self._show_link(app)
        view = self._bridge.client.session(self._session)
        moved = (app.link.state is LinkState.LIVE) is not self._linked
        if view is not None and (moved or view.card != self._card):
            self.refresh()

    def refresh(self) -> None:
        """Brings names, menu and bars up to date, which change rarely."""
        view = self._bridge.client.session(self._session) if self._session else None
        self.head.setVisible(view is not None)
        self.composer.setVisible(view is not None)
        if view is None:
            self.panel.hide()
            return
        self._card = view.card
        self._show_people(view)
        self.writing.refresh()
        if not self._offers_asked and view.card.shop:
            self._offers_asked = True
            self.dealings.offers_of(view)
        self.panel.set_view(view)
        self._linked = self._bridge.client.view.link.state is LinkState.LIVE
        offline = say.customer_offline() if self._desk else say.offline()
        panel = self._bridge.client.panel(self._session)
        live = view.card.state != "closed" and (panel is None or panel.phase != "closed")
        self.head.show_state(
            online=view.peer_online and self._linked,
            typing=view.peer_typing and live and self._linked,
            words_offline=offline if self._linked else say.peer_unknown(),
            read_percent=view.read_percent,
        )
        self._show_link(self._bridge.client.view)
        hand_over = say.hand_over_to() if self._desk else say.hand_over()
        self.head.show_hand_over(hand_over, live=live)
        entries = self.dealings.menu(view, desk=self._desk)
        if live and self.head.is_tight:
            entries = [("hand-over", hand_over, self._hand_over), *entries]
        self.head.set_menu(entries)

    def _show_people(self, view: SessionView) -> None:
        account = self._bridge.client.view.account
        mine = account.display if account else ""
        people = People(mine, view.card.peer_name, responder=self._desk)
        if people != self._people:
            self._people = people
            self._lines.set_people(people)
            self.writing.people = people
        name = say.customer(view.card.peer_name) if self._desk else view.card.peer_name
        panel = self._bridge.client.panel(self._session)
        minutes = view.card.minutes if panel is None else panel.paid_ms // 60_000
        about = say.subtitle(view.card.shop_name, minutes)
        if not self._desk and not self.stopped.isHidden():
            about = care_words.status()
        self.head.show_peer(name, about, view.card.peer_name)
        if self._desk:
            self.card_note.show_card(view.card.card if view.card.state != "closed" else None)
            self.composer.set_placeholder(say_desk.reply_to(sanitize.line(view.card.peer_name)))

    def _silent_ms(self, panel: PanelView) -> int | None:
        """How long nobody has written while time runs; None where an answer is owed."""
        if panel.phase != "active" or panel.wait_ms is not None:
            return None
        messages = self._bridge.client.messages(self._session)
        for index in range(len(messages) - 1, -1, -1):
            if messages[index].kind == "message":
                return max(0, self._bridge.clock.utc_ms() - messages[index].utc_ms)
        return None

    def _show_link(self, app: AppView) -> None:
        live = app.link.state is LinkState.LIVE
        self.head.show_link(app.link.rtt_ms, live=live)

    def tick(self) -> None:
        """Moves what runs: panel, ring, the open turn's own figure, banners."""
        if not self._session:
            return
        client = self._bridge.client
        panel = client.panel(self._session)
        if panel is None:
            self.panel.hide()  # it has nothing to say yet
            return
        self.writing.follow(panel.phase)
        distress = panel.paused_reason == "distress" and panel.phase == "paused"
        if self._desk:
            self.composer.set_chip(self.countbar.tick(panel))
            self._tick_desk(panel)
            self.card_note.tick(self._silent_ms(panel))
            if self.peer_card.isHidden() is distress:
                self.peer_card.setVisible(distress)
                if distress:
                    self.spoken.emit(care_words.peer_title())
                self._show_lines()  # what waits shows its figure, or none
        else:
            self._tick_stopped(panel, stopped=distress)
        if panel.wait_key is not None:
            for message in client.open_messages(self._session):
                self._lines.update(message)
        live = client.view.link.state is LinkState.LIVE
        refused = self._session in self._refused_handover
        deciding = self.banners.has_keyboard()
        self.banners.room = self.view.width()
        self.banners.show_all(
            responder_banners(panel, live=live, passing=self._passing())
            if self._desk
            else customer_banners(panel, self._acts(), live=live, refused=refused)
        )
        if deciding and not self.banners.has_keyboard():
            self.composer.setFocus()  # the decision is taken: back to writing

    def _passing(self) -> Passing | None:
        """What became of the wish to hand this session on."""
        desk, now = self._bridge.client.view.desk, self._bridge.clock.mono()
        if desk is not self._seen_desk:
            self._seen_desk, self._desk_at = desk, now
        for one in desk.handing_over if desk is not None else ():
            if one.session == self._session:
                left = one.left_ms - (now - self._desk_at)
                name = "" if one.to is None else sanitize.line(one.to)
                return Passing(name, left, partial(self.dealings.keep, one.session))
        return None

    def _tick_stopped(self, panel: PanelView, *, stopped: bool) -> None:
        """The promise's figures, or, in distress, only what is left."""
        live = self._bridge.client.view.link.state is LinkState.LIVE
        if stopped:
            self.stopped.show_time(panel, sanitize.line(self._people.peer))
        else:
            self.panel.tick(panel, linked=live, selling=not self._bridge.is_quiet)
        if self.panel.isHidden() is not stopped:
            self.panel.setVisible(not stopped)
        if self.stopped.isHidden() is stopped:
            self.stopped.setVisible(stopped)
            self.composer.retranslate()
            self.spoken.emit(care_words.stopped() if stopped else care_words.running())
            if stopped:
                self.composer.set_placeholder(care_words.anything())
            self._show_lines()
            self.refresh()

    def _show_lines(self) -> None:
        messages = self._bridge.client.messages(self._session)
        self._lines.show(messages, self._unread_key)

    def _tick_desk(self, panel: PanelView) -> None:
        view = self._bridge.client.session(self._session)
        if view is not None:
            minutes = panel.paid_ms // 60_000
            over = panel.phase == "closed"
            left = None if over else amounts.clock(panel.remaining_ms)
            about = say.customer_subtitle(minutes, left)
            self.head.show_peer(say.customer(view.card.peer_name), about, view.card.peer_name)

    # --- what the person does -----------------------------------------------------------------
    def _acts(self) -> Acts:
        deal, session = self.dealings, self._session
        return Acts(
            hand_over=self._hand_over,
            refuse_handover=self._refuse_handover,
            answer_break=lambda agree: deal.answer_break(session, agree=agree),
            resume=lambda: deal.resume(session),
            end=self._end,
        )

    def _seen(self, key: str) -> None:
        self._bridge.client.seen(self._session, key)

    def _heard(self, key: str, act: Callable[[str], None]) -> None:
        message = self._bridge.client.panel_of_message(self._session, key)
        if message is not None and message.voice is not None:
            act(message.voice.media)

    def _step_note(self, key: str, seconds: int) -> None:
        message = self._bridge.client.panel_of_message(self._session, key)
        if message is not None and message.voice is not None:
            self.player.step(message.voice.media, seconds, message.voice.ms)

    def _fetch_note(
        self,
        media: str,
        speed: float,
        made: Callable[[HeardNote | None], None],
        failed: Callable[[], None],
    ) -> None:
        client, own = self._bridge.client, self.recording.note if media == OWN else None
        work = client.hear(media, speed) if own is None else client.hear_own(own, speed)

        def unplayable(_refused: object) -> None:
            failed()
            self.notice_wanted.emit(say.note_unplayable())

        self._bridge.run(self, work, made, unplayable)

    def _open_picture(self, key: str) -> None:
        message = self._bridge.client.panel_of_message(self._session, key)
        if message is None or message.picture is None:
            return
        media = message.picture.media

        def ask(
            viewer: QObject,
            width: int,
            height: int,
            made: Callable[[Pixels | None], None],
            failed: Callable[[], None],
        ) -> None:
            work = self._bridge.client.picture(media, width, height)
            self._bridge.run(viewer, work, made, lambda _refused: failed())

        PictureViewer(self.window(), ask).open()

    def _decode(
        self, media: str, made: Callable[[Pixels | None], None], failed: Callable[[], None]
    ) -> None:
        work = self._bridge.client.picture(media, *SHOWN)
        self._bridge.run(self, work, made, lambda _refused: failed())

    def _codes_in(self, media: str, heard: Callable[[tuple[str, ...]], None]) -> None:
        session = self._session

        def read(contents: tuple[str, ...]) -> None:
            if session == self._session:
                heard(contents)

        self._bridge.run(self, self._bridge.client.codes_in(media), read)

    def _written(self) -> None:
        composer = self.composer
        self.lures.written(composer.edited() or composer.draft(), composer.tray.pictures)

    def _extend(self, offer: ShopOffer) -> None:
        self.panel.set_extending(busy=True)

        def done() -> None:
            self.panel.set_extending(busy=False)

        self.dealings.ask_extend(self._session, offer, self.window(), done)

    def _hand_over(self) -> None:
        if self._desk:
            head = self.head
            by = head.more if head.is_tight else head.hand_over
            self.dealings.choose_colleague(self._session, by)
        else:
            self.dealings.ask_handover(self._session)

    def _refuse_handover(self) -> None:
        self._refused_handover.add(self._session)
        self.dealings.refuse_handover(self._session)
        self.tick()

    def _end(self) -> None:
        panel = self._bridge.client.panel(self._session)
        waiting = panel is not None and panel.wait_ms is not None and not self._desk
        self.dealings.ask_end(self._session, self.window(), waiting=waiting, desk=self._desk)

    def show_offers(self, offers: Sequence[ShopOffer]) -> None:
        """Shows the time that can be bought on top."""
        self.panel.set_offers(offers)
        self.tick()

    def end_session(self) -> None:
        """Asks whether to end."""
        self._end()

    def open_card(self) -> None:
        """The crisis card, by hand."""
        self.care.open_by_hand()

    def tell_boundary(self) -> None:
        """Says who answers here, and who does not."""
        look, scheduler = self._bridge.look, self._bridge.scheduler
        title, words = care_words.boundary_title(), care_words.boundary()
        answers = [(care_words.card(), "plain", self.open_card)]
        leave = shell.understood()
        ask(self.window(), look, title, words, answers, leave=leave, scheduler=scheduler)

    def tell_fraud(self) -> None:
        """The standing page on fraud."""
        pane = FraudPane()
        sheet = over(self, self._bridge.look, pane, scheduler=self._bridge.scheduler)
        pane.read.connect(sheet.close_sheet)

    def report(self, key: str = "") -> None:
        """Reports to the host: all of it is chosen and shown before it goes; ``key``: a message pointed at."""
        bridge = self._bridge
        pane = FilingPane(bridge, self._session, desk=self._desk, key=key)
        pane.left.connect(over(self, bridge.look, pane, scheduler=bridge.scheduler).close_sheet)

    def export_text(self) -> None:
        """Asks where, then writes the conversation as text."""
        self.dealings.save_text(self._session, self, self.notice_wanted.emit)

    # --- the look -----------------------------------------------------------------------------
    def retranslate(self) -> None:
        self.panel.retranslate()
        self.composer.retranslate()
        self.stopped.retranslate()
        self.peer_card.retranslate()
        self.care.retranslate()
        if self._session:
            messages = self._bridge.client.messages(self._session)
            self._lines.show(messages, self._unread_key)
            self.refresh()
            self.tick()

    def _setting_changed(self, name: str) -> None:
        if name == "message_pt":
            self._look_changed()

    def _look_changed(self) -> None:
        self._bridge.scheduler.begin(self._wear_look(), of=self)

    def _wear_look(self) -> Iterator[None]:
        look = self._bridge.look
        points = self._bridge.settings.message_pt * look.scale
        self.view.set_look(calmed(look.theme) if look.calm else look.theme, look.scale, points)
        yield
        self.composer.set_theme(look.theme)
        yield
        self.composer.set_scale(look.scale)
        self.composer.set_message_font(points)
        self._fit()
        yield

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self.composer.dragEnterEvent(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.composer.dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        self.composer.dropEvent(event)  # a picture may be dropped anywhere in the conversation

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        # Where there is no room for both, the conversation keeps its place: the panel narrows
        # to what a session needs to go on (a 1024 px window at 200 % text).
        narrow = self.width() < self._bridge.look.px(620)
        self.panel.set_narrow(narrow=narrow)
        self.stopped.setFixedWidth(self.panel.width())
        room = self.width() - (0 if self._desk else self.panel.width())
        px = self._bridge.look.px
        self.head.set_narrow(narrow=room < px(HEAD_ROOM), tight=room < px(TIGHT_ROOM))
        if self._session:
            self.refresh()
