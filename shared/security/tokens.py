"""Link tokens: 128 random bits, shown once in a mail, stored only as a hash by whoever made them."""

import hashlib
import re
import secrets

_SHAPE = re.compile(r"[A-Za-z0-9_-]{22}")


def new_token() -> str:
    """22 signs that are safe in a URL."""
    return secrets.token_urlsafe(16)


def hash_token(token: str) -> str:
    """What is stored. The token is random, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def looks_like_token(text: str) -> bool:
    return bool(_SHAPE.fullmatch(text))
