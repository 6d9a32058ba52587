"""About the app: every part that it is made of, and the text of the chosen one."""

from PySide6.QtWidgets import QApplication, QWidget

from miaohui import licences
from miaohui.client.settings import Settings
from miaohui.client.use.updates import UpdateNotice
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.loop.scheduler import finish
from miaohui.desktop.navigation.status_lines import StatusLines
from miaohui.desktop.pages.settings.about import AboutCard, LicencesPane

NOTICE = UpdateNotice(
    version="99.1",
    minimum="0.1",
    released_utc="2026-11-30T10:00:00.000Z",
    valid_until_utc="2126-12-30T10:00:00.000Z",
    page="https://miaohui.example/",
    text_zh="更快。",
    text_en="Faster.",
)


def test_the_chosen_parts_licence_is_shown(qapp: QApplication) -> None:
    pane = LicencesPane(Bridge(Settings(None)))
    finish(pane.steps)
    assert pane.parts.count() == len(licences.parts())
    assert "Apache License" in pane.text.toPlainText()
    names = [pane.parts.item(row).text() for row in range(pane.parts.count())]
    pane.parts.setCurrentRow(next(i for i, name in enumerate(names) if name.startswith("PySide6")))
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in pane.text.toPlainText()
    assert isinstance(pane.foot, QWidget)


def test_a_newer_version_is_told_and_leads_to_its_page(qapp: QApplication) -> None:
    bridge = Bridge(Settings(None))
    card = AboutCard(bridge)
    assert card.see.isHidden()
    assert card.wanted.isHidden()  # nobody has published this app, so nobody is asked
    bridge.set_update(NOTICE)
    assert "99.1" in card.news.text()
    assert not card.see.isHidden()
    bridge.set_update(None)
    assert card.news.isHidden()


def test_only_a_version_that_is_needed_stays_in_the_strip(qapp: QApplication) -> None:
    strip = StatusLines()
    strip.show_update_needed("99.1")
    assert "99.1" in strip.update_needed.text()
    assert not strip.update_needed.isHidden()
    strip.show_update_needed("")
    assert strip.update_needed.isHidden()
