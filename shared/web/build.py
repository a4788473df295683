"""`python -m shared.web.build`: everything the front door serves by itself, into `<BUILD_DIR>/door/`.

    static/<name>-<hash>.<ext>   style, scripts, drawings; cached for ever by browsers, the former release's kept
    manifest.json                a file's name → its hashed name, read by every app at its start
    crisis.html, crisis.vcf      help, with every service stopped
    404.html, 502.html …         what people see when a service is away; programs get 404.json, 502.json …
    api.html, openapi.json       the JSON API for people and for programs, where `<BUILD_DIR>/openapi.json` has been made
    favicon.ico, robots.txt

The host's own look comes from the folder that BRAND_DIR names, each file optional: `mark.svg`, `favicon.svg`,
`favicon.ico`, and `brand.css`, whose rules come last and may set the three brand colours.
"""

import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.reference.crisis import vcards
from shared.runtime.clock import utc_now
from shared.runtime.errors import SettingsError, Unavailable
from shared.web import api_page, pages, problems
from shared.web.assets import DOOR, MANIFEST
from shared.web.i18n import N_

SOURCE = Path(__file__).parent / "static"
GOVUK = Path(__file__).parents[2] / "node_modules/govuk-frontend/dist/govuk"
# A rule that would fetch GOV.UK's font or crest: neither is ours to show, and asking for them is a 404 each.
_FETCHES = re.compile(r"[^{};]+\{[^{}]*url\(/assets[^{}]*\}")
_COMMENTS = re.compile(r"/\*.*?\*/|^\s+", re.DOTALL | re.MULTILINE)
_SOURCE_MAP = re.compile(r"\n?//# sourceMappingURL=\S+|/\*# sourceMappingURL=\S+ \*/")


@dataclass(frozen=True)
class BuildSettings:
    """What the build needs to know; the names are those of the services' own settings."""

    build_dir: str = "build"
    brand_name: str = "Collaboration with Londoners"
    public_url: str = ""
    brand_dir: str = ""
    environment: str = "production"

    @classmethod
    def load(cls, environ: Mapping[str, str]) -> "BuildSettings":
        names = {"BUILD_DIR": "build_dir", "BRAND_NAME": "brand_name", "PUBLIC_URL": "public_url", "BRAND_DIR": "brand_dir"}
        return cls(**{field: environ[name] for name, field in names.items() if environ.get(name)})


_AWAY = (
    N_("We can’t take pledges this minute"),
    N_("Nothing you sent is lost. Try again in a few minutes: sending the same again is safe. The help lines below work all the same."),
)
# The errors that the front door makes by itself, in words for people; a program gets those of `problems`.
DOOR_PROBLEMS = {
    404: (N_("There’s no page here"), N_("It may have moved, or the address may have a slip in it.")),
    413: (
        N_("That is more than we can take"),
        N_("Go back, shorten the longest answer, and send it again. Your other answers are still there."),
    ),
    414: (N_("That address is too long"), N_("Start again from the first page.")),
    421: (N_("That address isn’t ours"), N_("Open this site by its own name, and try again.")),
    502: _AWAY,
    503: _AWAY,
    504: _AWAY,
}

_AWAY_KIND = problems.KINDS[Unavailable]
_KIND_OF = {kind.status: kind for kind in problems.documented()} | dict.fromkeys((502, 503, 504), _AWAY_KIND)


def build(settings: BuildSettings) -> str:
    """Write everything; returns one line saying what was done. Running it twice changes nothing."""
    door = Path(settings.build_dir) / DOOR
    (door / "static").mkdir(parents=True, exist_ok=True)
    files = dict(_static_files(settings))
    kept = _write_static(door, files)
    written = [_write(door / name, content) for name, content in _door_files(settings)]
    return f"build: {len(files)} static files ({kept} of the former release kept), {len(written)} pages and files in {door}"


def hashed(name: str, content: bytes) -> str:
    """`site.css` → `site-4f0c1a2b3c.css`."""
    path = Path(name)
    return f"{path.stem}-{hashlib.sha256(content).hexdigest()[:10]}{path.suffix}"


def _static_files(settings: BuildSettings) -> Iterator[tuple[str, bytes]]:
    """(name, content) of each static file, in the order in which one needs another's hashed name."""
    yield "site.css", _style(settings).encode()
    govuk = _SOURCE_MAP.sub("", _npm("govuk-frontend.min.js")).encode()
    yield "govuk-frontend.min.js", govuk
    start = (SOURCE / "start.js").read_text(encoding="utf-8")
    yield "start.js", start.replace("./govuk-frontend.min.js", f"./{hashed('govuk-frontend.min.js', govuk)}").encode()
    for name in ("mark.svg", "favicon.svg"):
        yield name, _branded(name, settings).read_bytes()


def _style(settings: BuildSettings) -> str:
    """GOV.UK Frontend without what it would fetch, then our theme, then the host's colours: one file, one request."""
    govuk = _FETCHES.sub("", _SOURCE_MAP.sub("", _npm("govuk-frontend.min.css")))
    theme = (SOURCE / "theme.css").read_text(encoding="utf-8")
    brand = Path(settings.brand_dir) / "brand.css"
    own = brand.read_text(encoding="utf-8") if settings.brand_dir and brand.exists() else ""
    return f"{govuk.strip()}\n{_COMMENTS.sub('', theme + own)}"


def _npm(name: str) -> str:
    try:
        return (GOVUK / name).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SettingsError([f"{GOVUK / name} is missing: run `npm ci` in the repository first"]) from None


def _branded(name: str, settings: BuildSettings) -> Path:
    own = Path(settings.brand_dir) / name
    return own if settings.brand_dir and own.exists() else SOURCE / name


def _write_static(door: Path, files: Mapping[str, bytes]) -> int:
    """Write hashed files and the manifest; returns how many of the former release stay.

    A page that a browser already holds names the former release's files, so those are served until the next release.
    """
    names = {name: hashed(name, content) for name, content in files.items()}
    former = _former(door)
    if former["files"] == names:
        kept = [str(name) for name in former["kept"]]
    else:
        kept = sorted(set(former["files"].values()) - set(names.values()))
    for name, content in files.items():
        _write(door / "static" / names[name], content)
    _write(door / MANIFEST, json.dumps({"files": names, "kept": kept}, indent=1).encode())
    for path in (door / "static").iterdir():
        if path.name not in {*names.values(), *kept}:
            path.unlink()
    return len(kept)


def _former(door: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((door / MANIFEST).read_text(encoding="utf-8"))
        return {"files": dict(manifest["files"]), "kept": list(manifest["kept"])}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return {"files": {}, "kept": []}


def _door_files(settings: BuildSettings) -> Iterator[tuple[str, bytes]]:
    """(name, content) of each file that the door serves under a fixed path."""
    yield "crisis.html", pages.render_static("crisis_page.html", settings).encode()
    yield "crisis.vcf", vcards().encode()
    for status, (title, detail) in DOOR_PROBLEMS.items():
        yield f"{status}.html", pages.render_static("problem.html", settings, status=status, title=title, detail=detail).encode()
        yield f"{status}.json", json.dumps(problems.members(_KIND_OF[status], status)).encode()
    yield "favicon.ico", _branded("favicon.ico", settings).read_bytes()
    yield "robots.txt", (SOURCE / "robots.txt").read_bytes()
    openapi = Path(settings.build_dir) / "openapi.json"
    if openapi.exists():
        yield "openapi.json", openapi.read_bytes()
        yield "api.html", api_page.render(json.loads(openapi.read_bytes()), settings).encode()


def _write(path: Path, content: bytes) -> Path:
    """Write a file whole or not at all: the front door may be serving it. The same content is left as it is."""
    if not path.exists() or path.read_bytes() != content:
        fresh = path.with_name(f".{path.name}.new")
        fresh.write_bytes(content)
        shutil.move(fresh, path)
    return path


def main() -> None:
    """Build, or say what is missing and exit 78."""
    started = utc_now()
    try:
        line = build(BuildSettings.load(os.environ))
    except SettingsError as error:
        for problem in error.problems:
            sys.stderr.write(f"build: {problem}\n")
        raise SystemExit(78) from error
    sys.stdout.write(f"{line}, {(utc_now() - started).total_seconds():.1f} s\n")


if __name__ == "__main__":
    main()
