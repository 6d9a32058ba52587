"""Ids and secrets that the relay makes: sortable ids, opaque tokens, their stored form."""

import hashlib
import secrets

from miaohui.runtime.randomness import SYSTEM

new_id = SYSTEM.new_id


def new_secret() -> str:
    """256 bits that nobody guesses, for tokens and invitations."""
    return secrets.token_urlsafe(32)


def stored(secret: str) -> bytes:
    """A secret's stored form. It is random, so a plain hash gives nothing away."""
    return hashlib.sha256(secret.encode()).digest()
