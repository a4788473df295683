"""A pledge's reference, like CL-7K3M-9QXA: short enough to copy from a photo, and it says when it was mistyped.

Eight signs without look-alikes (no 0 1 I L O U); the last is a check sign (Luhn's rule over 30 signs), which catches
every single wrong sign and nearly every swap of neighbours.
"""

import secrets

SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
PREFIX = "CL"
_LENGTH = 8


def new_reference() -> str:
    """A fresh one: about 22 thousand million are possible."""
    body = "".join(secrets.choice(SIGNS) for _ in range(_LENGTH - 1))
    return _written(body + check_sign(body))


def check_sign(body: str) -> str:
    """The sign that makes `body` a valid reference. Source: the Luhn mod N algorithm."""
    total = 0
    for place, sign in enumerate(reversed(body)):
        value = SIGNS.index(sign) * (2 if place % 2 == 0 else 1)
        total += value // len(SIGNS) + value % len(SIGNS)
    return SIGNS[-total % len(SIGNS)]


def read_reference(text: str) -> str | None:
    """The reference as it is stored, from what a person typed (any case, spaces, with or without prefix); None if mistyped."""
    if len(text) > 40:
        return None
    signs = "".join(sign for sign in text.upper() if sign.isalnum())
    body = signs.removeprefix(PREFIX) if len(signs) == _LENGTH + len(PREFIX) else signs
    if len(body) != _LENGTH or any(sign not in SIGNS for sign in body):
        return None
    return _written(body) if check_sign(body[:-1]) == body[-1] else None


def _written(body: str) -> str:
    return f"{PREFIX}-{body[:4]}-{body[4:]}"
