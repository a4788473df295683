"""The table of routes: which service answers which path. Everything else is 404 at the front door.

Data only. The Caddyfile and the Ingress come from it. `*` is a plain prefix, a path without it is exact, the longest
match wins. `/static/*`, `/crisis*` and the error pages are the door's own and need no back end.
"""

from dataclasses import dataclass

DOOR, LAPTOP = "door", "laptop"


@dataclass(frozen=True)
class Route:
    path: str
    to: str


_TABLE = {
    DOOR: "/static/* /crisis* /api/v1/openapi.json /api /favicon.ico /robots.txt",
    "pledge": "/ /pledge* /pledged/* /p/* /did-it* /withdraw/* /progress /data* /area/* /privacy /accessibility /cookies /contact"
    " /staff/campaign* /staff/posters* /staff/status/pledge"
    " /api/v1/actions* /api/v1/areas* /api/v1/boroughs* /api/v1/themes* /api/v1/pledges* /api/v1/campaign*",
    "events": "/whats-on* /event/* /initiative/* /group/* /groups* /place/* /still-on/* /report"
    " /staff/review* /staff/held* /staff/reports* /staff/groups* /staff/status/events"
    " /api/v1/groups* /api/v1/initiatives* /api/v1/events* /api/v1/sign-ups*",
    "notify": "/confirm/* /not-me/* /stop/* /not-now/* /sign-in* /sign-out /my-data*"
    " /staff /staff/people* /staff/mail* /staff/status/notify",
    LAPTOP: "/local/*",
}

ROUTES = tuple(Route(path, to) for to, paths in _TABLE.items() for path in paths.split())


def _order(route: Route) -> tuple[int, bool]:
    return (-len(route.path.rstrip("*")), route.path.endswith("*"))


def longest_first() -> tuple[Route, ...]:
    """The routes in the order in which a matcher that stops at the first hit must try them."""
    return tuple(sorted(ROUTES, key=_order))


def owner_of(path: str) -> str | None:
    """Who answers this path, or None (404 at the door)."""
    for route in longest_first():
        if route.path == path or (route.path.endswith("*") and path.startswith(route.path[:-1])):
            return route.to
    return None
