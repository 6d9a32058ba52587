"""The base of everything on the wire: JSON objects tagged by ``type``, in snake case."""

import re
from typing import Annotated, TypeAlias

import msgspec

from .bounds import Id
from .limits import MAX_INTEGER

Whole: TypeAlias = Annotated[int, msgspec.Meta(ge=-MAX_INTEGER, le=MAX_INTEGER)]
"""Every integer on the wire: what SQLite and any other reader can hold."""

_WORD = re.compile(r"(?<!^)(?=[A-Z])")


def snake(name: str) -> str:
    """``OrderChanged`` as ``order_changed``."""
    return _WORD.sub("_", name).lower()


class Frame(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag_field="type", tag=snake):
    """One JSON object on the link. Fields not known are ignored, wrong types are refused. Frozen as
    it is, it is in no cycle: the collector need not look at it."""


class Request(Frame, frozen=True, kw_only=True):
    """A question from a client: answered by exactly one ``ok`` or ``failed`` with its ``id``."""

    id: Id


class Command(Request, frozen=True, kw_only=True):
    """A request that changes something.

    ``id`` is a UUID (version 7) of the sender's. The relay answers the same ``id`` of the same
    account with the first answer for 30 days; the same id with another content is ``id_reused``.
    """


class Result(Frame, frozen=True, kw_only=True):
    """What an ``ok`` carries."""


class Value(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A part of a frame that never travels alone, so it bears no tag."""
