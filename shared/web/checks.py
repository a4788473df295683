"""What every request must pass before a view sees it, and how a view reads what was sent.

In this order: the Host is ours, the address can be read; then, for a request that changes something: it is not too big,
it does not come from another site, and its subnet has not sent too many. Each refusal says what to do.
"""

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import unquote_to_bytes, urlsplit

from flask import Flask, current_app, request
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from werkzeug import exceptions as http

from shared.runtime.clock import utc_now
from shared.runtime.errors import Forbidden, TooMany
from shared.runtime.settings import LAPTOP, TEST, CommonSettings
from shared.web.callers import caller, networks, subnet
from shared.web.health import PROBES
from shared.web.i18n import N_
from shared.web.inputs import MOST_BYTES, read_answers, read_form, read_json, sent_fields

__all__ = ["MOST_BYTES", "install", "public_post", "read_answers", "read_form", "read_json", "sent_fields"]

LONGEST_ADDRESS = 4_000  # shorter than what gunicorn takes, so that the answer is our page and not its own
API = "/api/v1/"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_OWN_PAGE = frozenset({"same-origin", "none"})
_DEFAULT_PORT = {"http": 80, "https": 443}
_HERE = ("localhost", "127.0.0.1")

View = TypeVar("View", bound=Callable[..., object])


def public_post(view: View) -> View:
    """Let another site, or a mail program, POST here: one-click unsubscribe (RFC 8058) and nothing else."""
    view.public_post = True  # type: ignore[attr-defined]  # a mark on a function, read by `_refuse_other_sites`
    return view


def install(app: Flask, settings: CommonSettings) -> None:
    """Put the checks before every view of this app."""
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES + 1  # one more than is taken, so that `inputs` sees what was cut there
    app.config["MAX_FORM_MEMORY_SIZE"] = MOST_BYTES
    hosts, origins = _ours(settings)
    trusted = networks(settings.trusted_proxies)
    # In this process's memory, as wide as one minute: a second line behind the ingress, not the real guard.
    limiter = FixedWindowRateLimiter(MemoryStorage())
    allowance = RateLimitItemPerMinute(settings.posts_per_minute)

    def check() -> None:
        if request.path not in PROBES:
            _refuse_other_hosts(hosts)
        _refuse_unreadable_addresses()
        if request.method in _SAFE:
            return
        if (request.content_length or 0) > MOST_BYTES:
            raise http.RequestEntityTooLarge
        _refuse_other_sites(origins)
        address = caller(request.remote_addr, request.headers.get("X-Forwarded-For"), trusted)
        _count(limiter, allowance, subnet(address))

    app.before_request(check)


def _ours(settings: CommonSettings) -> tuple[frozenset[str], frozenset[str]]:
    """The Hosts and the Origins that are this site."""
    public = urlsplit(settings.public_url)
    names = {public.hostname or ""}
    if settings.environment in (LAPTOP, TEST):
        names.update(_HERE)
    default = _DEFAULT_PORT[public.scheme]
    port = public.port or default
    hosts = {f"{name}:{port}" for name in names} | (names if port == default else set())
    return frozenset(hosts), frozenset(f"{public.scheme}://{host}" for host in hosts)


def _refuse_other_hosts(hosts: frozenset[str]) -> None:
    if request.environ.get("HTTP_HOST", "").lower() not in hosts:
        raise http.MisdirectedRequest


def _refuse_unreadable_addresses() -> None:
    """Invalid UTF-8 would be read as some other address; NUL fits into no store."""
    path, query = request.environ.get("PATH_INFO", ""), request.environ.get("QUERY_STRING", "")
    if len(path) + len(query) > LONGEST_ADDRESS:
        raise http.RequestURITooLarge
    try:
        readable = path.encode("latin-1").decode() + unquote_to_bytes(query.encode("latin-1")).decode()
    except UnicodeError:
        readable = "\0"
    if "\0" in readable:
        request.environ["QUERY_STRING"] = ""  # werkzeug cannot read it either, so the error page must not try
        raise http.BadRequest(N_("Part of that address can’t be read. Start again from the first page."))


def _refuse_other_sites(origins: frozenset[str]) -> None:
    """A browser says which site a form was on. Without a cookie the JSON API has nothing to protect from that."""
    if request.path.startswith(API) and "Cookie" not in request.headers:
        return
    if getattr(current_app.view_functions.get(request.endpoint or ""), "public_post", False):
        return
    origin, fetched = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    if (origin is not None and origin.lower() not in origins) or (fetched is not None and fetched.lower() not in _OWN_PAGE):
        raise Forbidden(N_("This came from another site, so we left it alone. Open the page here and press its button."))


def _count(limiter: FixedWindowRateLimiter, allowance: RateLimitItem, net: str) -> None:
    if limiter.hit(allowance, net):
        return
    # The library counts by the machine's clock, so a moved clock of ours is not asked.
    left = limiter.get_window_stats(allowance, net).reset_time - utc_now().timestamp()
    wait = min(max(int(left) + 1, 1), 60)
    raise TooMany(N_("Many things were sent from your network at once. Wait a minute, then send it again: nothing is lost."), wait)
