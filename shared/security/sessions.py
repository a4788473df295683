"""Who has signed in: a session as its cookie carries it, signed by notify and readable by every service. Pure.

The cookie is no secret from its owner, so it holds what the owner knows: a first name, roles, boroughs. notify alone holds the
key that signs; the others hold the public half. A session lasts 12 hours, fixed: nothing that is done makes it longer.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from nacl.exceptions import CryptoError
from nacl.signing import SigningKey, VerifyKey

from shared.security.sealing import decode_key

MODERATOR, SAFEGUARDING, CAMPAIGN, OPERATOR = ROLES = ("moderator", "safeguarding", "campaign", "operator")
LASTS = timedelta(hours=12)
LONGEST = 4_000  # a browser drops a cookie of more than 4,096 bytes, name and attributes included
_PURPOSE = b"session.v1\0"  # what this key has signed for another purpose is no session
_SIGNATURE = 64


@dataclass(frozen=True)
class Session:
    """`boroughs`: slugs, empty for all of London. `refs`: the contact_refs that are this person's as an organiser."""

    id: str
    first_name: str
    roles: tuple[str, ...]
    boroughs: tuple[str, ...]
    refs: tuple[str, ...]
    issued: datetime
    expires: datetime

    @property
    def is_staff(self) -> bool:
        return bool(self.roles)

    def has_role(self, *roles: str) -> bool:
        return bool(set(self.roles) & set(roles))


def sign(signing_key: str, session: Session) -> str:
    """The cookie's value: the signature and what it signs, safe in a header."""
    body = {
        "id": session.id,
        "name": session.first_name,
        "roles": session.roles,
        "boroughs": session.boroughs,
        "refs": session.refs,
        "issued": int(session.issued.timestamp()),
        "expires": int(session.expires.timestamp()),
    }
    text = orjson.dumps(body)
    key = SigningKey(decode_key("NOTIFY_SIGNING_KEY", signing_key))
    return base64.urlsafe_b64encode(key.sign(_PURPOSE + text).signature + text).decode().rstrip("=")


def read(verify_key: str, cookie: str, now: datetime) -> Session | None:
    """The session; None for a cookie that notify did not sign, that was changed, or that has run out."""
    if len(cookie) > LONGEST or not cookie.isascii():
        return None
    try:
        raw = base64.b64decode(cookie + "=" * (-len(cookie) % 4), altchars=b"-_", validate=True)
        VerifyKey(decode_key("NOTIFY_VERIFY_KEY", verify_key)).verify(_PURPOSE + raw[_SIGNATURE:], raw[:_SIGNATURE])
        session = _from_body(orjson.loads(raw[_SIGNATURE:]))
    except (ValueError, TypeError, KeyError, CryptoError):
        return None
    return session if now < session.expires else None


def public_half(signing_key: str) -> str:
    """The key that reads what `signing_key` signs."""
    key = SigningKey(decode_key("NOTIFY_SIGNING_KEY", signing_key))
    return base64.b64encode(bytes(key.verify_key)).decode()


def _from_body(body: Mapping[str, Any]) -> Session:
    return Session(
        id=str(body["id"]),
        first_name=str(body["name"]),
        roles=tuple(role for role in body["roles"] if role in ROLES),
        boroughs=tuple(map(str, body["boroughs"])),
        refs=tuple(map(str, body["refs"])),
        issued=datetime.fromtimestamp(body["issued"], UTC),
        expires=datetime.fromtimestamp(body["expires"], UTC),
    )
