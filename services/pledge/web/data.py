"""/data: the published numbers as files, with what every column means, how they are counted, and under which licence."""

from typing import Any

from flask import Blueprint, Response, render_template, request

from services.pledge.operations.by_area import CENSUS
from services.pledge.operations.numbers import Edition
from services.pledge.operations.open_data import ATTRIBUTION, COLUMNS
from services.pledge.rules import disclosure
from services.pledge.web.current import desk
from services.pledge.web.data_words import COLUMNS as COLUMN_WORDS
from services.pledge.web.data_words import STATUSES, TABLES
from shared.reference.counters import counters
from shared.runtime.errors import NotFound
from shared.web.audience import public
from shared.web.csv_files import CSV_TYPE
from shared.web.factory import now
from shared.web.i18n import N_
from shared.web.per_network import spend

pages = Blueprint("data", __name__, template_folder="templates")

DOWNLOADS = "downloads"
KEPT_FOR = 300  # seconds: an edition is out for an hour or more
TYPES = {"csv": CSV_TYPE, "json": "application/json"}
OFTEN = N_(
    "This file was asked for very often from your network. It changes once an hour at most: keep your copy, or come back in a minute."
)


@pages.get("/data")
@public
def page() -> str:
    return _page("pledge/data.html", edition=_edition(), tables=TABLES)


@pages.get("/data/dictionary")
@public
def dictionary() -> str:
    tables = {name: (words, [(column, *COLUMN_WORDS[column]) for column in COLUMNS[name]]) for name, words in TABLES.items()}
    return _page("pledge/data_dictionary.html", tables=tables, statuses=STATUSES)


@pages.get("/data/method")
@public
def method() -> str:
    return _page("pledge/data_method.html", rule=disclosure, census=CENSUS)


@pages.get("/data/definitions")
@public
def definitions() -> str:
    return _page("pledge/data_definitions.html", counters=counters())


@pages.get("/data/licence")
@public
def licence() -> str:
    return _page("pledge/data_licence.html", attribution=ATTRIBUTION)


@pages.get("/data/<name>.<any(csv, json):form>")
@public
def file(name: str, form: str) -> Response:
    """One table of the edition that is out. Whoever has it already is told so, and that costs nothing of what a network may fetch."""
    edition = _edition()
    if name not in COLUMNS:
        raise NotFound(N_("We have no file of that name. /data lists them all."))
    if edition is None:
        raise NotFound(N_("Nothing has been published yet. The first numbers come within the hour."))
    answer = Response(desk().files.of(edition)[f"{name}.{form}"], content_type=TYPES[form])
    answer.headers["Cache-Control"] = f"public, max-age={KEPT_FOR}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}-{edition.id}.{form}"'
    answer.set_etag(f"{edition.id}-{name}-{form}")
    answer.last_modified = edition.as_at
    answer.make_conditional(request)
    if answer.status_code != 304:
        spend(DOWNLOADS, f"{name}.{form}", OFTEN, 60)
    return answer


def _edition() -> Edition | None:
    return desk().numbers.at(now()).edition


def _page(template: str, **values: Any) -> str:
    return render_template(template, section="data", **values)
