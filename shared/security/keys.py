"""Fresh keys for every service, as lines of an environment file.

    python -m shared.security.keys

Each service has a key of its own, NAME_KEY; notify has two pairs besides: everybody seals to the public half of one, and reads
with the public half of the other who has signed in. Printed once and kept nowhere: what is sealed to a lost pair stays sealed.
"""

import base64
import secrets
import sys

from nacl.public import PrivateKey
from nacl.signing import SigningKey

from shared.runtime.processes import SERVICES
from shared.security.sealing import KEY_BYTES


def fresh() -> dict[str, str]:
    """Name → value, in base64."""
    pair, signing = PrivateKey.generate(), SigningKey.generate()
    own = {f"{service.upper()}_KEY": secrets.token_bytes(KEY_BYTES) for service in SERVICES}
    pairs = {
        "NOTIFY_SECRET_KEY": bytes(pair),
        "NOTIFY_PUBLIC_KEY": bytes(pair.public_key),
        "NOTIFY_SIGNING_KEY": bytes(signing),
        "NOTIFY_VERIFY_KEY": bytes(signing.verify_key),
    }
    keys = {**own, **pairs}
    return {name: base64.b64encode(value).decode() for name, value in keys.items()}


if __name__ == "__main__":
    sys.stdout.write("".join(f"{name}={value}\n" for name, value in fresh().items()))
