"""Sealed boxes that notify alone opens; hashes that their maker alone compares; tokens that nobody guesses."""

import base64
import secrets
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.public import PrivateKey, PublicKey, SealedBox

from shared.runtime.errors import Poison, SettingsError
from shared.security.sealing import decode_key, key_problems, keyed_hash, seal, unseal
from shared.security.tokens import hash_token, looks_like_token, new_token

SECRET = PrivateKey.generate()
SECRET_KEY = base64.b64encode(bytes(SECRET)).decode()
PUBLIC_KEY = base64.b64encode(bytes(SECRET.public_key)).decode()
CONTENT = {"address": "ada@example.org", "consents": ["reminders-1"], "token": "t"}
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
JSON = st.dictionaries(TEXT, TEXT | st.integers(-9, 9))


@given(JSON)
def test_what_is_sealed_opens_with_its_key(content: dict[str, Any]) -> None:
    """And only the whole of it comes out."""
    assert unseal(SECRET_KEY, seal(PUBLIC_KEY, content)) == content


def test_a_box_shows_nothing_and_is_new_each_time() -> None:
    """The same content twice is two boxes, and neither holds a word of it."""
    one, two = seal(PUBLIC_KEY, CONTENT), seal(PUBLIC_KEY, CONTENT)
    assert one != two
    assert b"ada" not in base64.b64decode(one)
    assert len(one) < 1000


def box_of(content: bytes) -> str:
    return base64.b64encode(SealedBox(PublicKey(bytes(SECRET.public_key))).encrypt(content)).decode()


BOXES = {
    "nothing": "",
    "no base64": "no base64!",
    "too short": base64.b64encode(b"short").decode(),
    "random": base64.b64encode(secrets.token_bytes(200)).decode(),
    "another's": seal(base64.b64encode(bytes(PrivateKey.generate().public_key)).decode(), CONTENT),
    "changed": seal(PUBLIC_KEY, CONTENT)[:-8] + "AAAAAAA=",
    "no JSON": box_of(b"not json"),
    "a list": box_of(b"[1]"),
    "a text": box_of(b'"text"'),
}


@pytest.mark.parametrize("kind", BOXES)
def test_a_box_that_is_not_ours_is_poison(kind: str) -> None:
    """Another's key, a changed byte, no JSON object inside: a reason, and none of its content."""
    with pytest.raises(Poison) as caught:
        unseal(SECRET_KEY, BOXES[kind])
    assert "ada" not in caught.value.message


def test_a_keyed_hash_depends_on_key_purpose_and_value() -> None:
    """Equal for equal ones alone; the parts cannot run into one another."""
    key, other = (base64.b64encode(secrets.token_bytes(32)).decode() for _ in range(2))
    same = keyed_hash(key, "form", "value")
    assert keyed_hash(key, "form", "value") == same
    assert len({same, keyed_hash(other, "form", "value"), keyed_hash(key, "nudge", "value"), keyed_hash(key, "form", "values")}) == 4
    assert keyed_hash(key, "a", "b\0c") != keyed_hash(key, "a\0b", "cx")


NO_KEYS = ["", "short", base64.b64encode(b"x" * 31).decode(), base64.b64encode(b"x" * 33).decode(), "é" * 44, "=" * 44]


@pytest.mark.parametrize("text", NO_KEYS)
def test_a_key_that_is_none_is_named(text: str) -> None:
    """By its setting, and its value is not repeated."""
    with pytest.raises(SettingsError) as caught:
        decode_key("PLEDGE_KEY", text)
    assert caught.value.problems == ["PLEDGE_KEY must be 32 bytes in base64"]
    assert key_problems(GOOD_KEY=SECRET_KEY, PLEDGE_KEY=text) == ["PLEDGE_KEY must be 32 bytes in base64"]


def test_tokens_are_long_random_and_safe_in_a_link() -> None:
    """128 bits in 22 signs; stored as a hash that gives nothing back."""
    made = {new_token() for _ in range(1000)}
    assert len(made) == 1000
    assert all(looks_like_token(token) and len(base64.urlsafe_b64decode(token + "==")) == 16 for token in made)
    token = made.pop()
    assert hash_token(token) == hash_token(token) != hash_token(made.pop())
    assert token not in hash_token(token)


@pytest.mark.parametrize("text", ["", "a" * 21, "a" * 23, "a" * 21 + "/", "a" * 21 + "\n", "a" * 22 + "\n", "a" * 21 + "é"])
def test_what_is_no_token_is_not_looked_up(text: str) -> None:
    """The shape is exact, to the last line break."""
    assert not looks_like_token(text)
