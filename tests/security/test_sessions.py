"""A session in its cookie: what notify signed is read by whoever holds the public key, and nothing else is."""

import base64
from datetime import timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from shared.reference.areas import areas
from shared.security.sessions import LASTS, LONGEST, MODERATOR, OPERATOR, ROLES, Session, public_half, read, sign
from tests.support.settings import A_MOMENT, NOTIFY_KEYS, as_key

SIGNING, VERIFY = NOTIFY_KEYS["NOTIFY_SIGNING_KEY"], NOTIFY_KEYS["NOTIFY_VERIFY_KEY"]
ISSUED = A_MOMENT.replace(microsecond=0)
SESSION = Session("5d1c9d52-0e7c-4f0c-8c57-7a2f4f6f1b22", "Zoë", (MODERATOR,), ("hackney",), (), ISSUED, ISSUED + LASTS)


def test_what_was_signed_is_read() -> None:
    """By the public half alone, until its last second and not after it."""
    cookie = sign(SIGNING, SESSION)
    assert public_half(SIGNING) == VERIFY
    assert read(VERIFY, cookie, ISSUED) == SESSION
    assert read(VERIFY, cookie, SESSION.expires - timedelta(seconds=1)) == SESSION
    assert read(VERIFY, cookie, SESSION.expires) is None


@given(place=st.integers(0, 10_000), sign_=st.sampled_from("ABCxyz019-_=. \n"))
def test_a_changed_cookie_is_no_session(place: int, sign_: str) -> None:
    """Whatever single sign is put in the place of another: either it is the same cookie still, or it is refused."""
    cookie = sign(SIGNING, SESSION)
    place %= len(cookie)
    changed = cookie[:place] + sign_ + cookie[place + 1 :]
    found = read(VERIFY, changed, ISSUED)
    assert found is None or (found == SESSION and base64.urlsafe_b64decode(changed + "==") == base64.urlsafe_b64decode(cookie + "=="))


@given(st.text(max_size=300))
def test_any_text_is_answered(text: str) -> None:
    """A stranger's cookie raises nothing."""
    assert read(VERIFY, text, ISSUED) is None


def test_more_rights_need_the_key() -> None:
    """The same body with another role under the old signature, and one signed by somebody else's key, are refused."""
    cookie = sign(SIGNING, SESSION)
    raw = base64.urlsafe_b64decode(cookie + "=" * (-len(cookie) % 4))
    body = orjson.loads(raw[64:]) | {"roles": [OPERATOR]}
    forged = base64.urlsafe_b64encode(raw[:64] + orjson.dumps(body)).decode().rstrip("=")
    assert read(VERIFY, forged, ISSUED) is None
    assert read(VERIFY, sign(as_key(bytes(SigningKey.generate())), SESSION), ISSUED) is None


def test_the_key_signs_nothing_else_by_accident() -> None:
    """Bytes that the same key signed for another purpose are no session."""
    key = SigningKey(base64.b64decode(SIGNING))
    text = base64.urlsafe_b64decode(sign(SIGNING, SESSION) + "==")[64:]
    assert read(VERIFY, base64.urlsafe_b64encode(key.sign(text).signature + text).decode().rstrip("="), ISSUED) is None


def test_the_fullest_session_fits_a_cookie() -> None:
    """Every role, every borough, the longest name: a browser still keeps it."""
    everything = Session(SESSION.id, "ß" * 40, ROLES, tuple(one.slug for one in areas()), (), ISSUED, ISSUED + LASTS)
    cookie = sign(SIGNING, everything)
    assert len(cookie) < LONGEST
    assert read(VERIFY, cookie, ISSUED) == everything


@pytest.mark.parametrize(("roles", "staff"), [((), False), ((MODERATOR,), True)])
def test_staff_is_who_has_a_role(roles: tuple[str, ...], staff: bool) -> None:
    """A session without roles is an organiser's, and opens no staff page."""
    assert Session(SESSION.id, "Sam", roles, (), (), ISSUED, ISSUED + LASTS).is_staff is staff
