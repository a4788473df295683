"""Boxes that only notify can open, words that only their own service can read, and keyed hashes that only their maker can compare."""

import base64
import hashlib
import hmac
from typing import Any

import orjson
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.secret import SecretBox

from shared.runtime.errors import Poison, SettingsError

KEY_BYTES = 32


def seal(public_key: str, content: dict[str, Any]) -> str:
    """`content` as JSON in a sealed box to notify's key; base64 text."""
    box = SealedBox(PublicKey(decode_key("NOTIFY_PUBLIC_KEY", public_key)))
    return base64.b64encode(box.encrypt(orjson.dumps(content))).decode()


def unseal(secret_key: str, sealed: str) -> dict[str, Any]:
    """Raises Poison when the box is not ours or was damaged."""
    key = decode_key("NOTIFY_SECRET_KEY", secret_key)
    try:
        opened = orjson.loads(SealedBox(PrivateKey(key)).decrypt(base64.b64decode(sealed)))
    except (CryptoError, ValueError, TypeError) as error:
        raise Poison(f"sealed box cannot be opened: {type(error).__name__}") from None
    if not isinstance(opened, dict):
        raise Poison("sealed box does not hold a JSON object")
    return opened


def lock(name: str, key: str, content: dict[str, Any]) -> str:
    """`content` as JSON, encrypted with a service's own key (`name`: of its setting); base64 text."""
    return base64.b64encode(SecretBox(decode_key(name, key)).encrypt(orjson.dumps(content))).decode()


def unlock(name: str, key: str, locked: str) -> dict[str, Any]:
    """What was locked. Raises Poison where the key is another or the text was damaged."""
    try:
        return dict(orjson.loads(SecretBox(decode_key(name, key)).decrypt(base64.b64decode(locked))))
    except (CryptoError, ValueError, TypeError) as error:
        raise Poison(f"locked words cannot be read: {type(error).__name__}") from None


def public_half(secret_key: str) -> str:
    """The key that seals to this one: notify seals to itself what it alone may read again."""
    return base64.b64encode(bytes(PrivateKey(decode_key("NOTIFY_SECRET_KEY", secret_key)).public_key)).decode()


def keyed_hash(key: str, purpose: str, value: str) -> str:
    """HMAC-SHA256 over purpose and value, in hex: equal for equal values, and nothing without the key."""
    return hmac.new(decode_key(f"the key for {purpose}", key), f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()


def key_problems(**keys: str) -> list[str]:
    """For a service's settings: a sentence for each setting, by name, that is no key; so it is known at start, not at the first use."""
    problems: list[str] = []
    for name, text in keys.items():
        try:
            decode_key(name, text)
        except SettingsError as error:
            problems += error.problems
    return problems


def decode_key(name: str, text: str) -> bytes:
    """32 bytes from base64. Raises SettingsError naming the setting."""
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise SettingsError([f"{name} must be {KEY_BYTES} bytes in base64"])
    return key
