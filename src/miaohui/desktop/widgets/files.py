"""The dialogs that ask for a file or a folder, with all their words in the app's language."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from miaohui.desktop.strings import shell

__all__ = ["ask_files", "ask_folder", "ask_save"]


def ask_save(host: QWidget, title: str, kinds: str, suffix: str, name: str = "") -> QFileDialog:
    """A dialog for the file to save to; ``kinds`` as in "Text files (*.txt)". Open it, it deletes itself."""
    dialog = _dialog(host, title, shell.save())
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilter(kinds)
    dialog.setDefaultSuffix(suffix)
    if name:
        dialog.selectFile(name)
    return dialog


def ask_files(host: QWidget, title: str, kinds: str) -> QFileDialog:
    """A dialog for one or several files to read."""
    dialog = _dialog(host, title, shell.open_file())
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    dialog.setNameFilter(kinds)
    return dialog


def ask_folder(host: QWidget, title: str) -> QFileDialog:
    """A dialog for a folder."""
    dialog = _dialog(host, title, shell.choose_folder())
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    return dialog


def _dialog(host: QWidget, title: str, accept: str) -> QFileDialog:
    dialog = QFileDialog(host, title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    # Qt's own translation has not all of them: half a dialog stayed English.
    for part, words in (
        (QFileDialog.DialogLabel.LookIn, shell.look_in()),
        (QFileDialog.DialogLabel.FileName, shell.file_name()),
        (QFileDialog.DialogLabel.FileType, shell.file_type()),
        (QFileDialog.DialogLabel.Accept, accept),
        (QFileDialog.DialogLabel.Reject, shell.cancel()),
    ):
        dialog.setLabelText(part, words)
    return dialog
