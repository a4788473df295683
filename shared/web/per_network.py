"""How much one network may do of something, in this process's memory: a second line behind the ingress, and generous.

A mobile network is one address to us, so what is limited is what hardly anybody does twice.
"""

from flask import Flask, current_app, request
from limits import RateLimitItem
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from shared.runtime.errors import TooMany
from shared.web.callers import caller, networks, subnet


class PerNetwork:
    """`allowance`: so many in such a time, for each network and each thing that it is about."""

    def __init__(self, trusted_proxies: str, allowance: RateLimitItem) -> None:
        self._trusted = networks(trusted_proxies)
        self._allowance = allowance
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def has_room(self, about: str = "") -> bool:
        """Whether one more would be within the allowance of whoever asks now."""
        return self._limiter.test(self._allowance, self._network(), about)

    def count(self, about: str = "") -> None:
        self._limiter.hit(self._allowance, self._network(), about)

    def _network(self) -> str:
        return subnet(caller(request.remote_addr, request.headers.get("X-Forwarded-For"), self._trusted))


def install(app: Flask, name: str, allowed: PerNetwork) -> None:
    """Under this name, for `spend`."""
    app.extensions[_place(name)] = allowed


def spend(name: str, about: str, words: str, retry_after: int) -> None:
    """One of what is allowed under that name. Raises TooMany, with these words, where that is more than is allowed."""
    allowed: PerNetwork = current_app.extensions[_place(name)]
    if not allowed.has_room(about):
        raise TooMany(words, retry_after)
    allowed.count(about)


def _place(name: str) -> str:
    return f"per-network:{name}"
