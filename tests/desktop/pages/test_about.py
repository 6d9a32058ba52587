"""About the app: every part that it is made of, and the text of the chosen one."""

from PySide6.QtWidgets import QApplication, QWidget

from miaohui import licences
from miaohui.client.settings import Settings
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.loop.scheduler import finish
from miaohui.desktop.pages.settings.about import LicencesPane


def test_the_chosen_parts_licence_is_shown(qapp: QApplication) -> None:
    pane = LicencesPane(Bridge(Settings(None)))
    finish(pane.steps)
    assert pane.parts.count() == len(licences.parts())
    assert "Apache License" in pane.text.toPlainText()
    names = [pane.parts.item(row).text() for row in range(pane.parts.count())]
    pane.parts.setCurrentRow(next(i for i, name in enumerate(names) if name.startswith("PySide6")))
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in pane.text.toPlainText()
    assert isinstance(pane.foot, QWidget)
