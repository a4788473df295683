"""Figures as the campaign team types them, and members of it. Invented."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.pledge.operations import counting, figures, pausing, striking
from services.pledge.rules import campaign as rules
from services.pledge.rules.campaign import Figure
from services.pledge.store import outboxes
from services.pledge.store.campaign import CampaignFigure
from shared.messaging.outbox import as_envelope
from shared.messaging.work import Work
from shared.security.sessions import CAMPAIGN, LASTS, Session
from tests.support.builders import an_id
from tests.support.settings import A_MOMENT

TODAY = A_MOMENT.date()
LAST_WEEK = TODAY - timedelta(days=7)


def member(*boroughs: str, issued: datetime = A_MOMENT) -> Session:
    """Somebody of the campaign team; without boroughs, for all of London."""
    at = issued.replace(microsecond=0, tzinfo=UTC)
    return Session(an_id(), "Noor", (CAMPAIGN,), boroughs, (), at, at + LASTS)


def a_reach(**changes: Any) -> Figure:
    given: dict[str, Any] = {
        "kind": rules.REACH,
        "number": 12_000,
        "first": TODAY - timedelta(days=2),
        "last": TODAY,
        "channel": "social-media",
        "source": "platform",
        "confidence": "medium",
        "note": "The three short films",
    }
    return Figure(**{**given, **changes})


def a_tally(kind: str = rules.CONVERSATIONS, **changes: Any) -> Figure:
    given = {"kind": kind, "number": 40, "first": None, "last": TODAY, "channel": "booths", "area": "hackney"}
    return Figure(**{**given, **changes})


def typed(work: Work[Any], figure: Figure, **changes: Any) -> CampaignFigure:
    return figures.record(figure, **{"key": an_id(), "by": member(), "now": work.clock(), **changes})


def count_everything(work: Work[Any]) -> None:
    """What relay, broker and consumer do with everything that is pending in pledge, then the clock; twice is once."""
    envelopes = [as_envelope(entry, "pledge", None) for rows in outboxes() for row in rows.find({}) for entry in row.get("outbox", [])]
    counting.count(work, [one for one in envelopes if "deltas" in one.data])
    while counting.fold(work, work.clock()):
        pass


def carry_out(work: Work[Any]) -> None:
    """Strike out everything that was decided."""
    while striking.carry_out(work, work.clock()):
        pass


def paused(work: Work[Any], kind: str = rules.INCIDENT, until: datetime | None = None, now: datetime | None = None) -> None:
    pausing.pause(work, kind, until, "The Met has asked us to.", by=member(), now=now or work.clock())


def day(text: str) -> date:
    return date.fromisoformat(text)
