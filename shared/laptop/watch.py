"""/local/watch: what happens to a pledge, in milliseconds, and what happens when Kafka stops.

The only place that looks into several services' stores at once, and it only reads there. Whatever it starts goes the way of
everybody: through the front door, or as an operator's command.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shared.laptop import outage, services, supervision, tally, trail
from shared.laptop.context import current_laptop
from shared.laptop.outage import PLEDGES, SECONDS, Outage, Run
from shared.laptop.places import BROKER, Laptop
from shared.laptop.stores import Store, open_stores
from shared.laptop.tally import Tally
from shared.runtime.clock import as_milliseconds, in_london, utc_now
from shared.runtime.errors import Conflict, Unavailable
from shared.web.factory import now
from shared.web.i18n import N_

blueprint = Blueprint("local_watch", __name__, template_folder="templates")

HERE = "/local/watch"
FOLLOWING = f"{HERE}?follow=1"
_AGAIN_AFTER = 2  # seconds
_SAID_FOR = timedelta(minutes=5)
_BUTTONS = "watch-buttons"
_NUMBER = re.compile(r"\d+")


@dataclass
class Buttons:
    """What the page's buttons have started."""

    kafka: Outage
    nudging: threading.Lock = field(default_factory=threading.Lock)
    nudged: tuple[int, datetime] | None = None  # how many nudges were planned last, and when


@dataclass(frozen=True)
class Progress:
    """How a run stands. `missing`: answered with "You're in" and not counted; `lost`: of those, what nothing will count.

    `unknown`: of those, what the store does not even hold.
    """

    run: Run
    seconds_left: int
    missing: int
    lost: int
    unknown: int

    @property
    def is_over(self) -> bool:
        return not self.run.is_on and self.missing == self.lost


@blueprint.record_once
def _prepare(state: BlueprintSetupState) -> None:
    state.app.extensions[_BUTTONS] = Buttons(Outage(utc_now))


def _buttons() -> Buttons:
    found: Buttons = current_app.extensions[_BUTTONS]
    return found


@blueprint.get("/local/watch")
def watch() -> Response:
    """`?follow=1`: while Kafka stands still or pledges wait, the page loads itself again."""
    return _page(following=request.args.get("follow") == "1")


@blueprint.post("/local/stop-kafka")
def stop_kafka() -> ResponseReturnValue:
    laptop = current_laptop()
    try:
        _buttons().kafka.start(_process_of_broker(laptop), laptop.port, _windows_of(laptop))
    except Conflict as error:
        return _page(following=True, refused=error.message), 409
    return redirect(FOLLOWING, 303)


@blueprint.post("/local/send-nudges")
def send_nudges() -> ResponseReturnValue:
    """Every confirmed nudge, at any hour: notify's own command, with notify's own environment."""
    buttons = _buttons()
    if not buttons.nudging.acquire(blocking=False):
        return _page(following=False, refused=N_("The nudges are being sent already.")), 409
    try:
        said = services.finish(services.start(current_laptop(), "notify", ["send-due-nudges"], quiet=True), "send-due-nudges")
        found = _NUMBER.search(said)
        buttons.nudged = int(found[0]) if found else 0, now()
    finally:
        buttons.nudging.release()
    return redirect(HERE, 303)


def _process_of_broker(laptop: Laptop) -> int:
    if supervision.is_up(laptop):
        for state in supervision.states(laptop):
            if state.name == BROKER and state.runs:
                return state.process_id
    raise Unavailable(N_("Kafka’s broker is not running. Look at make status."))


def _windows_of(laptop: Laptop) -> Path:
    return laptop.data / "outages"


# The page


def _page(*, following: bool, refused: str = "") -> Response:
    buttons, laptop, moment = _buttons(), current_laptop(), now()
    run = buttons.kafka.last  # before the stores are read: what it was answered is in them
    with _stores(laptop) as (pledge, notify):
        found = tally.take(pledge)
        progress = _progress(pledge, found, run, moment) if run else None
        still = outage.windows(_windows_of(laptop))
        ways = trail.follow(pledge, notify, found, moment, still)
    goes_on = progress is not None and not progress.is_over
    page = render_template(
        "local_watch.html",
        tally=found,
        trail=ways,
        progress=progress,
        was_still=bool(still),
        goes_on=goes_on,
        following=following and goes_on,
        refused=_(refused) if refused else "",
        nudged=buttons.nudged if buttons.nudged and moment - buttons.nudged[1] < _SAID_FOR else None,
        pledges=PLEDGES,
        seconds=int(SECONDS),
        again_after=_AGAIN_AFTER,
        time_of_day=lambda value: f"{in_london(value):%H:%M:%S}",
    )
    response = make_response(page)
    if following and goes_on:  # by a header, since a page that may hold no script has no other way; its link turns it off
        response.headers["Refresh"] = f"{_AGAIN_AFTER}; url={FOLLOWING}"
    return response


def _progress(pledge: Store, found: Tally, run: Run, moment: datetime) -> Progress:
    stored = found.of_references(run.references)
    unknown = len(set(run.references) - set(stored))
    lost = unknown + sum(1 for id_ in stored.values() if id_ in found.lost)
    missing = unknown + sum(1 for id_ in stored.values() if id_ not in found.counted)
    progress = Progress(run, run.seconds_left(as_milliseconds(moment)), missing, lost, unknown)
    if progress.is_over and run.drained is None and run.went_on is not None:
        drained = max(0, trail.last_counted(pledge, found, stored.values(), run.went_on) - run.went_on)
        _buttons().kafka.drained(drained)
        return replace(progress, run=replace(run, drained=drained))
    return progress


@contextmanager
def _stores(laptop: Laptop) -> Iterator[tuple[Store, Store]]:
    """pledge's and notify's, opened for one page: 5 ms each, and nothing is left that beats all day."""
    with open_stores(laptop, ("pledge", "notify"), seconds=8) as stores:
        yield stores["pledge"], stores["notify"]
