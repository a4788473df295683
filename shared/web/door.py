"""The front door: Caddy's configuration, made from the table of routes.

A laptop, compose and Kubernetes use this one text; only names and ports differ. The door answers for itself, with every
back end stopped: static files, crisis help, the API's document and every error page. It writes no paths to its log,
because a path may hold somebody's link.

    python -m shared.web.door      prints the form for containers (deploy/door/Caddyfile)
"""

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shared.runtime.processes import PROCESSES
from shared.web.headers import PAGE_HEADERS
from shared.web.routes import DOOR, longest_first

# Files that are served under another path than their own.
FILES = {"/crisis": "/crisis.html", "/crisis/": "/crisis.html", "/api": "/api.html", "/api/v1/openapi.json": "/openapi.json"}
LONGEST_ADDRESS = 8_000


@dataclass(frozen=True, kw_only=True)
class Door:
    """One front door. Text may hold Caddy's own `{$NAME}`, which it reads from its environment.

    `hosts`: the names it answers to. `port`: what the Host header must carry besides, or None for any. `upstreams`: who
    answers for each owner in the table of routes; an owner without one has no rows here, so its paths are 404.
    """

    listen: str
    hosts: tuple[str, ...]
    root: str
    upstreams: Mapping[str, str]
    port: int | None = None
    bind: str = ""
    trusted_proxies: str = ""


def for_containers() -> Door:
    """The door as the image runs it: the upstreams are the api processes by name."""
    return Door(
        listen=":8000",
        hosts=("{$PUBLIC_HOST}",),
        root="{$DOOR_ROOT}",
        upstreams={process.service: f"{process.name}:{8000 + process.offset}" for process in PROCESSES if process.command == "api"},
        trusted_proxies="{$TRUSTED_PROXIES:127.0.0.1/32}",
    )


def caddyfile(door: Door) -> str:
    """The whole configuration as text."""
    lines = [
        "# Made by shared/web/door.py from the table of routes: change those, not this.",
        *_options(door),
        "",
        f"http://{door.listen} {{",
        *_inside([*([f"bind {door.bind}"] if door.bind else []), f'root * "{door.root}"']),
        "\troute {",
        *_inside([*_refusals(door), *_owners(door), *_own_files(), *_proxies(door), "error 404"], 2),
        "\t}",
        "",
        *_inside(_errors()),
        "}",
        "",
    ]
    return "\n".join(lines)


def _inside(lines: list[str], depth: int = 1) -> list[str]:
    return [("\t" * depth + line) if line else "" for line in lines]


def _options(door: Door) -> Iterator[str]:
    yield from ("{", "\tadmin off", "\tpersist_config off", "\tauto_https off")
    # Its error and proxy logs would write the path of each request.
    yield from ("\tlog default {", "\t\toutput stderr", "\t\tlevel WARN", "\t\texclude http.log.error http.handlers.reverse_proxy", "\t}")
    yield "\tservers {"
    yield from ("\t\ttimeouts {", "\t\t\tread_header 10s", "\t\t\tread_body 30s", "\t\t\tidle 2m", "\t\t}")
    if door.trusted_proxies:
        yield from (f"\t\ttrusted_proxies static {door.trusted_proxies}", "\t\ttrusted_proxies_strict")
    yield from ("\t}", "}")


def _refusals(door: Door) -> list[str]:
    """What no back end ever sees: a stranger's host, an address too long, a path with dots or empty parts, too much body."""
    of_port = [f"\tvars {{http.request.port}} {door.port}"] if door.port is not None else []
    return [
        "encode zstd gzip",
        "@stranger not {",
        f"\thost {' '.join(door.hosts)}",
        *of_port,
        "}",
        "error @stranger 421",
        # gunicorn would answer from 8,190 bytes on, in its own bare words.
        f"@long expression {{http.request.uri}}.size() > {LONGEST_ADDRESS}",
        "error @long 414",
        "@odd vars_regexp {http.request.uri.path} `//|/\\.{1,2}(/|$)`",
        "error @odd 404",
        "request_body {",
        "\tmax_size 64KiB",
        "}",
    ]


def _owners(door: Door) -> list[str]:
    """One row a route, longest first: the first that fits wins, so Caddy finds what `routes.owner_of` finds."""
    rows = [f"\t{_pattern(route.path)} {route.to}" for route in longest_first() if route.to == DOOR or route.to in door.upstreams]
    return ["map {http.request.uri.path} {owner} {", *rows, "\tdefault nobody", "}"]


def _pattern(path: str) -> str:
    """`/pledge*` → a plain prefix; any other path is exact."""
    return "~^" + re.escape(path[:-1]).replace("\\-", "-") if path.endswith("*") else path


def _own_files() -> list[str]:
    rewrites = [f"\trewrite {path} {name}" for path, name in FILES.items()]
    return [
        f"@own vars {{owner}} {DOOR}",
        "handle @own {",
        *rewrites,
        *_headers(1),
        "\theader /static/* Cache-Control `public, max-age=31536000, immutable`",
        "\t@page not path /static/*",
        "\theader @page Cache-Control `public, max-age=300`",
        "\theader *.vcf Content-Type `text/vcard; charset=utf-8`",
        "\tfile_server {",
        "\t\thide .*",
        "\t\tindex index.off",
        "\t}",
        "}",
    ]


def _proxies(door: Door) -> Iterator[str]:
    for owner, upstream in door.upstreams.items():
        yield from (
            f"@{owner} vars {{owner}} {owner}",
            f"handle @{owner} {{",
            f"\treverse_proxy {upstream} {{",
            "\t\tlb_try_duration 3s",  # a restart of an api is a wait, not an error
            "\t\tlb_try_interval 100ms",
            "\t\trequest_buffers 64KiB",  # a slow phone holds a connection here, not one of the few threads behind
            "\t\ttransport http {",
            "\t\t\tdial_timeout 2s",
            "\t\t\tresponse_header_timeout 30s",
            "\t\t\tkeepalive 1s",  # less than gunicorn's 2 s, so that a POST never meets a connection about to close
            "\t\t}",
            "\t\theader_down -Server",
            "\t}",
            "}",
        )


def _headers(depth: int) -> list[str]:
    rows = [f"\t{name} `{value}`" for name, value in PAGE_HEADERS.items()]
    return _inside(["header {", *rows, "\t-Server", "}"], depth)


def _errors() -> list[str]:
    """Our page for people, problem+json under /api/ for machines."""
    return [
        "handle_errors {",
        "\tencode zstd gzip",
        *_headers(1),
        "\theader Cache-Control no-store",
        "\t@soon vars {err.status_code} 502 503 504",
        "\theader @soon Retry-After 5",
        "\tmethod GET",  # the file server would answer a POST's error with another error
        "\t@machine vars_regexp {http.request.orig_uri.path} ^/api/",
        "\thandle @machine {",
        "\t\theader Content-Type application/problem+json",
        *_drawn("json", '{"type":"about:blank","title":"{err.status_text}","status":{err.status_code}}'),
        "\t}",
        "\thandle {",
        *_drawn("html", "{err.status_code} {err.status_text}"),
        "\t}",
        "}",
    ]


def _drawn(kind: str, plain: str) -> list[str]:
    """The build's own file for a status, or a plain line where it made none."""
    return [
        f"\t\t@drawn file /{{err.status_code}}.{kind}",
        "\t\thandle @drawn {",
        f"\t\t\trewrite /{{err.status_code}}.{kind}",
        "\t\t\tfile_server",
        "\t\t}",
        f"\t\trespond `{plain}` {{err.status_code}}",
    ]


if __name__ == "__main__":
    sys.stdout.write(caddyfile(for_containers()))
