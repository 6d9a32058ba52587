"""A link out of somebody's message: https alone, shown as it really reads, opened when agreed."""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from miaohui.desktop.bridge import Bridge
from miaohui.desktop.strings import conversation as say
from miaohui.desktop.widgets.asking import ask


def shown(url: str) -> str | None:
    """The address with its host in punycode, so that look-alikes show; None: not opened."""
    parsed = QUrl(url, QUrl.ParsingMode.StrictMode)
    if not parsed.isValid() or parsed.scheme() != "https" or not parsed.host():
        return None
    if parsed.userInfo():
        return None  # "https://bank.example@elsewhere" reads like what it is not
    if ":" not in parsed.host():  # an address of IPv6 is ASCII, and no name
        ascii_host = bytes(QUrl.toAce(parsed.host()).data()).decode("ascii")
        if not ascii_host:
            return None
        parsed.setHost(ascii_host)
    return bytes(parsed.toEncoded().data()).decode("ascii")


def open_asking(host: QWidget, bridge: Bridge, url: str) -> None:
    """Asks first; what is not https is refused with a sentence."""
    address = shown(url)
    if address is None:
        ask(host, bridge.look, say.link_title(), say.link_refused(), (), scheduler=bridge.scheduler)
        return

    def open_it() -> None:
        QDesktopServices.openUrl(QUrl(address))

    answers = [(say.open_link(), "primary", open_it)]
    words = say.link_question()
    look, scheduler = bridge.look, bridge.scheduler
    ask(host, look, say.link_title(), words, answers, detail=address, scheduler=scheduler)
