"""Where the files of resources/ lie: in a checkout, an installed wheel and a frozen app alike."""

from pathlib import Path

__all__ = ["path"]

_PACKAGE = Path(__file__).resolve().parent
# The wheel and build.spec both put the files here; a checkout keeps them at its root.
_INSTALLED = _PACKAGE / "_resources"
_CHECKOUT = _PACKAGE.parent.parent / "resources"


def path(*parts: str) -> Path:
    """The file or folder `resources/<parts>`; it is not opened, and need not exist."""
    root = _INSTALLED if _INSTALLED.is_dir() else _CHECKOUT
    return root.joinpath(*parts)
