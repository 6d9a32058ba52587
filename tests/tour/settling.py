"""The tour's end: receipt, verification, review, orders; then every setting that changes looks."""

from __future__ import annotations

import asyncio
import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QPushButton
from tests.tour.hand import CannotDo
from tests.tour.stage import Stage

from miaohui.desktop.look import amounts
from miaohui.desktop.look.language import say
from miaohui.practice.process import command
from miaohui.promise import bundle

__all__ = ["Unequal", "looks", "orders", "receipt", "review", "verify"]

PROCESS_S = 20


class Unequal(Exception):
    """The figures on screen are not those that `miaohui figures` works out."""


async def receipt(stage: Stage) -> None:
    """The same figures once more, with what was given back and what is refunded."""
    side = stage.talk.panel
    await stage.until(
        lambda: stage.hand.seek(QPushButton, "open-receipt", side), "the way to the receipt"
    )
    stage.hand.click(stage.hand.find(QPushButton, "open-receipt", side))
    await stage.until(lambda: stage.routes.now == "receipt", "the receipt")
    await stage.until(
        lambda: (
            (view := stage.client.session(stage.session)) is not None
            and view.receipt is not None
            and view.receipt_sound is not None
        ),
        "the signed receipt",
    )
    await stage.shot("receipt")


async def review(stage: Stage) -> None:
    """Opens after a pause, beside the measured figures."""
    hand, card = stage.hand, stage.page("receipt").review
    hand.click(card.stars, QPoint(int(card.stars.width() * 0.7), card.stars.height() // 2))
    hand.click(card.answers["yes"])
    hand.click(next(iter(card.tags.values())))
    hand.write(
        card.text,
        say("换人之后接得很好，前一位中途走开了。", "Good after the handover; the first one left."),
    )
    await stage.shot("review-written")

    def open_again() -> bool:
        return bool(card.submit.isVisible() and card.submit.isEnabled())

    await stage.until(open_again, "the review opens")
    hand.click(card.submit)
    await hand.rest(0.4)
    if card.submit.isVisible():
        # Still within the pause after the end: the page counts down, then it opens.
        await stage.shot("review-opens-later")
        await stage.until(open_again, "the review opens")
        hand.click(card.submit)
    await stage.until(lambda: not card.submit.isVisible(), "the review is sent")
    await stage.shot("review-sent")


async def verify(stage: Stage) -> None:
    """Once by the page's button; then the exported bundle, by another process."""
    hand, page = stage.hand, stage.page("receipt")
    hand.click(page.verify)
    await stage.until(page.result.isVisible, "the verification")
    check = await stage.client.check_receipt(stage.session)
    stage.facts["verified_in_the_app"] = {"sound": check.sound, "entries": check.entries}
    await stage.shot("verified")
    target = stage.options.out / "receipt.zip"
    target.unlink(missing_ok=True)
    hand.click(page.export_text)
    await stage.until(lambda: _dialog() is not None, "the dialog that asks where")
    dialog = _dialog()
    assert dialog is not None
    field = dialog.findChild(QLineEdit)
    if field is None:
        raise CannotDo("the dialog has no place for a name")
    field.setFocus()
    field.selectAll()
    field.insert(str(target))
    await stage.shot("export-asks-where")
    for one in dialog.findChildren(QPushButton):
        if one.isVisible() and one.isDefault():
            hand.click(one)
            break
    else:
        raise CannotDo("the dialog has no button to go on")
    await stage.until(target.exists, "the exported bundle")
    await stage.shot("exported")
    stage.facts["verified_by_a_process"] = await _process(
        "verify", str(target), "--data", str(stage.home)
    )
    stage.facts["figures"] = await _compare(stage, target)


def _dialog() -> QFileDialog | None:
    for one in QApplication.topLevelWidgets():
        if isinstance(one, QFileDialog) and one.isVisible():
            return one
    return None


async def _process(name: str, file: str, *more: str) -> dict[str, Any]:
    """`miaohui NAME FILE --json` with more words behind it, as anybody would run it."""
    done = await asyncio.to_thread(
        subprocess.run,
        command(name, file, *more, "--json"),
        capture_output=True,
        timeout=PROCESS_S,
        stdin=subprocess.DEVNULL,
    )
    told: dict[str, Any] = {"status": done.returncode}
    if done.returncode == 0:
        told["told"] = json.loads(done.stdout)
    else:
        told["said"] = done.stderr.decode("utf-8", "replace").strip()
    return told


async def _compare(stage: Stage, target: Path) -> dict[str, Any]:
    """The figures as the window shows them beside those of `miaohui figures`."""
    journal = stage.home / "journal.jsonl"
    with zipfile.ZipFile(target) as archive:
        journal.write_bytes(archive.read(bundle.JOURNAL))
    process = await _process("figures", str(journal))
    told = process.get("told")
    panel, page = stage.client.panel(stage.session), stage.page("receipt")
    if told is None or panel is None:
        raise Unequal(f"miaohui figures could not be compared: {process.get('said', '')}")
    settled = [turn["wait"] for turn in told["turns"] if turn["state"] in ("kept", "breached")]
    worst = max(settled, default=None)
    counted = {
        "kept": told["kept"],
        "breached": told["breached"],
        "given_back_ms": told["late_ms"],
        "longest_silence_ms": told["longest_silence_ms"],
        "silences_60": told["silences_60"],
        "refund_fen": told["refund_fen"],
        "kept_on_screen": f"{told['kept']} / {told['kept'] + told['breached']}",
        "worst_on_screen": amounts.seconds(worst),
    }
    shown = {
        "kept": panel.kept,
        "breached": panel.breached,
        "given_back_ms": panel.given_back_ms,
        "longest_silence_ms": panel.longest_silence_ms,
        "silences_60": panel.silences_60,
        "refund_fen": panel.refund_fen,
        "kept_on_screen": page.kept.text(),
        "worst_on_screen": page.worst.text(),
    }
    differing = [name for name in shown if shown[name] != counted[name]]
    return {"shown": shown, "counted": counted, "differing": differing}


async def orders(stage: Stage) -> None:
    """Every order with its money; nothing in limbo."""
    await stage.go("orders")
    page = stage.page("orders")
    await stage.until(lambda: page.model.rowCount() > 0, "the order")
    await stage.shot("orders")
    await stage.go("discover")
    await stage.shot("discover-with-the-review")
    await stage.go("sessions")
    page = stage.page("sessions")
    await stage.until(lambda: page.list.model.rowCount() > 0, "the session in the list")
    back = stage.talk.head.back
    if back.isVisible():  # large type in a small window: the list comes instead
        stage.hand.click(back)
    stage.hand.write(page.list.text, say("最后一问", "last question"))
    await stage.hand.rest(0.6)
    await stage.shot("search-in-messages")
    stage.hand.clear(page.list.text)


async def looks(stage: Stage) -> None:
    """Settings, the other theme, the other language, 200 % text, a small window, calm mode."""
    hand, options = stage.hand, stage.options
    notices = stage.window.notices
    # What the desk's session said has been read by now.
    for toast in notices.toasts.frames() if notices is not None else ():
        hand.click(toast, QPoint(8, 8))
    await stage.go("settings")
    page = stage.page("settings")
    await stage.shot("settings")
    hand.wheel(page.privacy, 900)
    await stage.shot("settings-further-down")
    hand.wheel(page.privacy, -9000)
    await hand.rest(0.1)
    other = "light" if options.theme == "dark" else "dark"
    hand.click(page.themes[other])
    await _session_picture(stage, f"session-{other}")
    await stage.go("discover")
    await stage.shot(f"discover-{other}")
    await stage.go("settings")
    hand.click(stage.page("settings").themes[options.theme])
    stage.window.resize(1024, 640)
    await _session_picture(stage, "session-1024x640")
    await stage.go("discover")
    await stage.shot("discover-1024x640")
    await stage.go("settings")
    hand.click(stage.page("settings").scales[200])
    await stage.until(lambda: stage.window.stylesheet.is_settled, "the larger text")
    await _session_picture(stage, "session-1024x640-200-percent")
    await stage.go("discover")
    await stage.shot("discover-1024x640-200-percent")
    await stage.go("orders")
    await stage.shot("orders-1024x640-200-percent")
    await stage.go("check")
    await stage.shot("check-1024x640-200-percent")
    stage.routes.open_receipt(stage.session)
    await stage.shot("receipt-1024x640-200-percent")
    await stage.go("settings")
    await stage.shot("settings-1024x640-200-percent")
    hand.click(stage.page("settings").scales[100])
    stage.window.resize(options.width, options.height)
    await hand.rest(0.1)


async def _choose(stage: Stage, page: Any) -> None:
    """Clicks the session in the list; once more where the rows moved meanwhile."""
    for last in (False, False, True):
        if not page.list.isVisible():  # a narrow window shows one of the two
            stage.hand.click(page.conversation.head.back)
        place = page.list.model.place_of("session", stage.session)
        stage.hand.click_row(page.list.view, page.list.model.index(place))
        try:
            await stage.until(lambda: page.session == stage.session, "the session", at_most=3)
        except CannotDo:
            if last:
                raise
        else:
            return


async def _session_picture(stage: Stage, name: str) -> None:
    await stage.go("sessions")
    page = stage.page("sessions")
    if page.session != stage.session:
        await _choose(stage, page)
    stage.window.setFocus(Qt.FocusReason.OtherFocusReason)
    await stage.shot(name)
