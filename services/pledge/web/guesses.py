"""How often one network may ask for references that nobody has: a reference can take a pledge back, so guessing is limited.

Only misses count, so nobody with a reference of their own is kept out by others on a mobile network, short of an attack.
"""

from flask import current_app, request
from flask_babel import gettext as _
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from services.pledge.settings import Settings
from shared.runtime.errors import TooMany
from shared.web.callers import caller, networks, subnet

GUESSES = "guesses"  # its place among the app's extensions
WAIT = 60


class Guesses:
    """In this process's memory, as wide as one minute."""

    def __init__(self, settings: Settings) -> None:
        self._trusted = networks(settings.trusted_proxies)
        self._allowance = RateLimitItemPerMinute(settings.guesses_per_minute)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def refuse_if_many(self) -> None:
        """Raises TooMany, before the store is asked: else a lucky guess would still get through."""
        if not self._limiter.test(self._allowance, self._network()):
            raise TooMany(_("Many references were tried from your network. Wait a minute, then try yours again."), WAIT)

    def missed(self) -> None:
        self._limiter.hit(self._allowance, self._network())

    def _network(self) -> str:
        return subnet(caller(request.remote_addr, request.headers.get("X-Forwarded-For"), self._trusted))


def guesses() -> Guesses:
    """Those of the app that answers now."""
    found: Guesses = current_app.extensions[GUESSES]
    return found
