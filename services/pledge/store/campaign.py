"""What the campaign team keeps: its figures, batches that it struck out, and whether the campaign is paused.

No document here holds a name: `by` is the id of the session of whoever did it, which notify knows for a day.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from mongoengine import DateTimeField, DictField, IntField, ListField, StringField
from pymongo.collection import Collection

from shared.messaging.pauses import CAMPAIGN
from shared.store.documents import OutboxDocument, StoredDocument

ALIAS = "pledge"

Rows = Collection[dict[str, Any]]


class CampaignFigure(OutboxDocument):
    """One figure, never changed once it is there: a correction voids it and makes another.

    The id is made of the form's key, so a form sent twice is one figure. `week`: in which it counts: of its last day. `first`, `last`: days
    as 2026-11-28. `void`: {at, by, reason, note}. `corrects`, `corrected_by`: ids. `next`, `next_since`: the figure that is to take its
    place, until that is there.
    """

    id: Any = StringField(primary_key=True)
    kind: Any = StringField(required=True)
    number: Any = IntField(required=True)
    first: Any = StringField()
    last: Any = StringField(required=True)
    week: Any = StringField(required=True)
    channel: Any = StringField(required=True)
    area: Any = StringField()
    action: Any = StringField()
    theme: Any = IntField()
    source: Any = StringField()
    confidence: Any = StringField()
    note: Any = StringField()
    at: Any = DateTimeField(required=True)
    by: Any = StringField(required=True)
    void: Any = DictField(default=None)
    corrects: Any = StringField()
    corrected_by: Any = StringField()
    next: Any = DictField(default=None)
    next_since: Any = DateTimeField()

    meta = {
        "collection": "figures",
        "db_alias": ALIAS,
        "indexes": ["at", "week", {"fields": ["next_since"], "sparse": True}],
    }


class StruckBatch(StoredDocument):
    """Pledges struck out as abuse by one decision. `facts`: {week, channel, area}, or none where `pledges` are their ids.

    Of those that fit the facts only what was there at `at` is struck out. `open_since`: until the clock has come to its end; `struck`:
    how many it was then.
    """

    id: Any = StringField(primary_key=True)
    facts: Any = DictField(default=None)
    pledges: Any = ListField(StringField(), default=None)
    reason: Any = StringField(required=True)
    note: Any = StringField()
    at: Any = DateTimeField(required=True)
    by: Any = StringField(required=True)
    open_since: Any = DateTimeField()
    struck: Any = IntField()

    meta = {"collection": "struck_batches", "db_alias": ALIAS, "indexes": ["at", {"fields": ["open_since"], "sparse": True}]}


class Campaign(OutboxDocument):
    """Whether it is paused. `pause`: {kind, since, until?}. `frozen`: the totals as they stood then {as_at, totals}.

    `turns`: how often that has changed; `history`: each change {at, what, kind, until?, by, why}, oldest first.
    """

    id: Any = StringField(primary_key=True)
    pause: Any = DictField(default=None)
    frozen: Any = DictField(default=None)
    turns: Any = IntField(default=0)
    history: Any = ListField(DictField(), default=None)

    meta = {"collection": "campaign", "db_alias": ALIAS}


DOCUMENTS: tuple[type[StoredDocument], ...] = (CampaignFigure, StruckBatch, Campaign)


def figures() -> Rows:
    rows: Rows = CampaignFigure._get_collection()
    return rows


def figure_by_id(id_: str) -> CampaignFigure | None:
    found: CampaignFigure | None = CampaignFigure.objects(id=id_).first()
    return found


def figures_before(moment: datetime, limit: int) -> list[CampaignFigure]:
    """Those typed before then, the newest first."""
    return list(CampaignFigure.objects(at__lt=moment).order_by("-at").limit(limit))


def figures_of_weeks(weeks: Sequence[str]) -> list[CampaignFigure]:
    """Of these weeks, by their last day."""
    found = [one for week in weeks for one in CampaignFigure.objects(week=week)]
    return sorted(found, key=lambda one: (one.last, one.at, one.id))


def figures_to_follow(limit: int) -> list[CampaignFigure]:
    """Those that are voided, and whose correction is not there yet."""
    return list(CampaignFigure.objects(next_since__exists=True).limit(limit))


def batches() -> Rows:
    rows: Rows = StruckBatch._get_collection()
    return rows


def batch_by_id(id_: str) -> StruckBatch | None:
    found: StruckBatch | None = StruckBatch.objects(id=id_).first()
    return found


def batches_until(moment: datetime, limit: int) -> list[StruckBatch]:
    """Those decided until then, the newest first."""
    return list(StruckBatch.objects(at__lte=moment).order_by("-at").limit(limit))


def open_batches(limit: int) -> list[StruckBatch]:
    return sorted(StruckBatch.objects(open_since__exists=True).limit(limit), key=lambda one: one.open_since)


def campaigns() -> Rows:
    rows: Rows = Campaign._get_collection()
    return rows


def campaign() -> Campaign | None:
    found: Campaign | None = Campaign.objects(id=CAMPAIGN).first()
    return found
