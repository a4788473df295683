"""One look at events' store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pymongo.database import Database

from services.events.operations.decisions import standing
from services.events.rules.posts import PUBLISH
from services.events.store import Decision, Group, Held, Post, Roster, SignUp, rows_of
from shared.messaging import archive
from shared.messaging.catalogue import ARCHIVE_LIFETIME
from shared.messaging.told import Row, Told, by_subject, told

OF_A_POST = (
    "kind group state edition listed live.title submitted_at published_at decision decision_due closing_at ends_at made_at slots places_due"
)
OF_A_SIGN_UP = "slot event state given person private needs added requested_at cancelling_at forget_at theme area week channel made_at"


@dataclass(frozen=True)
class Reading:
    """`told`: of each document, by its id. `gone`: what was told by documents that are not there. `read_by_somebody`: posts that a standing
    decision published."""

    posts: Mapping[str, Row]
    groups: Mapping[str, Row]
    held: Mapping[str, Row]
    sign_ups: Mapping[str, Row]
    rosters: Mapping[str, Row]
    told: Mapping[str, Told]
    gone: Mapping[str, Sequence[Row]]
    read_by_somebody: frozenset[str]
    now: datetime

    def is_old(self, row: Row) -> bool:
        """Of what began so long ago the archive may have forgotten the beginnings."""
        return bool((row.get("made_at") or row["at"]) < self.now - ARCHIVE_LIFETIME)


def read_all(db: Database[Row], now: datetime) -> Reading:
    """Documents before the archive, posts before the decisions and the groups that they follow, rosters before sign-ups: as each is
    written."""
    outbox = "outbox outbox_base"
    rosters = _rows(Roster, "event starts ends capacity taking free waiting entries unsettled unsettled_at call_due turn_due")
    sign_ups = _rows(SignUp, f"{OF_A_SIGN_UP} {outbox}")
    posts = _rows(Post, f"{OF_A_POST} {outbox}")
    groups = _rows(Group, f"state approved.name submitted_at paused_at made_at {outbox}")
    held = _rows(Held, f"state at waiting_since {outbox}")
    fields = dict.fromkeys("type topic subject sequence data partition offset".split(), 1)
    of_each = by_subject(db[archive.COLLECTION].find({"topic": "events.v1"}, fields))
    documents = {**posts, **groups, **held, **sign_ups}
    return Reading(
        posts,
        groups,
        held,
        sign_ups,
        rosters,
        {id_: told(row, of_each.get(id_, ())) for id_, row in documents.items()},
        {id_: rows for id_, rows in of_each.items() if id_ not in documents},
        frozenset(_read_by_somebody()),
        now,
    )


def _rows(document: type[Post | Group | Held | SignUp | Roster], fields: str) -> dict[str, Row]:
    return {row["_id"]: row for row in rows_of(document).find({}, dict.fromkeys(fields.split(), 1))}


def _read_by_somebody() -> set[str]:
    return {row.about_id for row in standing(list(Decision.objects.only("id", "what", "of", "about_id"))) if row.what == PUBLISH}
