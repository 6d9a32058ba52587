"""Ids and secrets that the relay makes: sortable ids, opaque tokens, their stored form."""

import hashlib
import secrets

import uuid_utils


def new_id() -> str:
    """A UUID, version 7: sorts by when it was made."""
    return str(uuid_utils.uuid7())


def new_secret() -> str:
    """256 bits that nobody guesses, for tokens and invitations."""
    return secrets.token_urlsafe(32)


def stored(secret: str) -> bytes:
    """A secret's stored form. It is random, so a plain hash gives nothing away."""
    return hashlib.sha256(secret.encode()).digest()
