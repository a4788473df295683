"""How often one network may ask for references that nobody has: a reference can take a pledge back, so guessing is limited.

Only misses count, so nobody with a reference of their own is kept out by others on a mobile network, short of an attack.
"""

from flask import Flask, current_app
from flask_babel import gettext as _
from limits import RateLimitItemPerMinute

from shared.runtime.errors import TooMany
from shared.web.per_network import PerNetwork

GUESSES = "guesses"  # its place among the app's extensions
WAIT = 60


class Guesses:
    """As wide as one minute."""

    def __init__(self, trusted_proxies: str, per_minute: int) -> None:
        self._misses = PerNetwork(trusted_proxies, RateLimitItemPerMinute(per_minute))

    def refuse_if_many(self) -> None:
        """Raises TooMany, before the store is asked: else a lucky guess would still get through."""
        if not self._misses.has_room():
            raise TooMany(_("Many references were tried from your network. Wait a minute, then try yours again."), WAIT)

    def missed(self) -> None:
        self._misses.count()


def install(app: Flask, trusted_proxies: str, per_minute: int) -> None:
    app.extensions[GUESSES] = Guesses(trusted_proxies, per_minute)


def guesses() -> Guesses:
    """Those of the app that answers now."""
    found: Guesses = current_app.extensions[GUESSES]
    return found
