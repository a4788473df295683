"""How pledge's pages read what people send, and how they turn somebody away kindly."""

import re
import uuid
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import urlencode

from flask import abort, make_response, render_template, request

from services.pledge.store import Pledge, by_reference
from shared.reference.areas import NOT_SAID, resolve_area
from shared.reference.channels import DIRECT, channel_of
from shared.runtime.errors import InvalidInput
from shared.security.references import read_reference
from shared.web.checks import read_form
from shared.web.guesses import guesses

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_POSTER = re.compile(r"[A-Za-z0-9-]{1,32}")

Errors = dict[str, list[str]]


def read_each(*names: str) -> tuple[dict[str, str], Errors]:
    """The named fields of the posted form; one that cannot be kept is "" and has its sentences, the others stay."""
    values: dict[str, str] = {}
    errors: Errors = {}
    for name in names:
        try:
            values |= read_form(name)
        except InvalidInput as error:
            values[name] = ""
            errors |= error.fields
    return values, errors


def new_key() -> str:
    """What makes a form sent twice count once."""
    return str(uuid.uuid4())


def form_key(text: str) -> str | None:
    """The form's key, or None where it is none."""
    lower = text.lower()
    return lower if _UUID.fullmatch(lower) else None


@dataclass(frozen=True)
class Origin:
    """How somebody came here, as links and forms carry it on; `area`: from a borough's page, whose name the form then begins with."""

    channel: str
    poster: str
    area: str = ""

    @property
    def query(self) -> str:
        """For the end of a link: "?channel=posters&poster=OLD-ST-3", or nothing."""
        known = {"channel": self.channel if self.channel != DIRECT else "", "poster": self.poster, "area": self.area}
        given = {name: value for name, value in known.items() if value}
        return f"?{urlencode(given)}" if given else ""


def origin(channel: str, poster: str, place: str = "") -> Origin:
    """What a link or a hidden field said. A mistyped one must not cost anybody a pledge."""
    area = resolve_area(place)
    return Origin(channel_of(channel), poster if _POSTER.fullmatch(poster) else "", area if area and area != NOT_SAID else "")


def origin_of_link() -> Origin:
    return origin(request.args.get("channel", ""), request.args.get("poster", "").strip(), request.args.get("area", ""))


def pledge_of(typed: str) -> Pledge:
    """The pledge with this reference, or a page that says what is wrong with the reference."""
    reference = read_reference(typed)
    if reference is None:
        turn_away("pledge/reference_mistyped.html", 404, typed=typed[:40])
    guesses().refuse_if_many()
    found = by_reference(reference)
    if found is None:
        guesses().missed()
        turn_away("pledge/reference_unknown.html", 404, typed=reference)
    return found


def turn_away(template: str, status: int, **values: object) -> NoReturn:
    """Answer with a page of its own, from wherever the view is."""
    abort(make_response(render_template(template, **values), status))
