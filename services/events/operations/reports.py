"""Something wrong with a page: anybody can say so, and a person looks. Hard words in it are set apart first."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mongoengine.errors import NotUniqueError

from services.events.operations import decisions, held, review
from services.events.operations.facts import areas_of
from services.events.operations.held import Source
from services.events.rules.posts import TAKE_DOWN
from services.events.rules.reviewing import Choice
from services.events.settings import Settings
from services.events.store import Post, Report, groups, posts
from services.events.store.review import held_in, report_by_id, reports
from shared.messaging.outbox import change_if
from shared.messaging.work import Work
from shared.privacy import retention
from shared.reference.choices import codes
from shared.runtime.errors import Conflict, InvalidInput, NotFound
from shared.security.sealing import keyed_hash, lock, unlock
from shared.security.sessions import Session

LONGEST = 1_000
NOTHING_TO_DO = "nothing-to-do"
WORDS = "words"  # the field of a report that people write themselves


def about(kind: str, slug: str) -> Post:
    """What somebody reports: it must have been public once. Raises NotFound."""
    post = posts.by_slug(kind, slug)
    if post is None or not post.published_at:
        raise NotFound("We have no page with this address. If it is gone already, there is nothing to report.")
    return post


def make(work: Work[Settings], post: Post, reason: str, words: str, *, key: str, now: datetime) -> Report:
    """Store what somebody says. The same `key` again is the same report. Raises InvalidInput."""
    _refuse(reason, words)
    id_ = str(uuid.UUID(keyed_hash(work.settings.events_key, "report", key)[:32]))
    if found := report_by_id(id_):
        return found
    content: Mapping[str, Any] = post.live or {}
    report = Report(
        id=id_,
        post=post.id,
        group=post.group,
        areas=areas_of(post.kind, content) or None,
        reason=reason,
        words=lock(held.KEY, work.settings.events_key, {WORDS: words}) if words else None,
        at=now,
        waiting_since=now,
    )
    # Set apart before anybody can read it: a crash in between leaves words that nobody misses, never words that nobody set apart.
    held.look(work, {WORDS: words}, Source(held.REPORT, report.id, report.areas or ()), now)
    try:
        report.save(force_insert=True)
    except NotUniqueError:  # the same form twice at once
        return report_by_id(id_) or report
    return report


def _refuse(reason: str, words: str) -> None:
    wrong: dict[str, list[str]] = {}
    if reason not in codes("reports"):
        wrong["reason"] = ["Choose what is wrong"]
    if len(words) > LONGEST:
        wrong[WORDS] = [f"Use {LONGEST:,} characters or fewer. You have {len(words):,}"]
    if wrong:
        raise InvalidInput(wrong)


def words_of(work: Work[Settings], report: Report) -> str | None:
    """What somebody wrote; None while the safeguarding team has it, or where it was withheld."""
    if any(row.state != held.PASSED_ON for row in held_in([report.id])):
        return None
    return str(unlock(held.KEY, work.settings.events_key, report.words)[WORDS]) if report.words else ""


def decide(work: Work[Settings], report_id: str, what: str, reason: str, *, by: Session, now: datetime) -> Report:
    """Take the page down now, or nothing to do. Twice is once. Raises NotFound, Forbidden, InvalidInput, Conflict."""
    report = report_by_id(report_id)
    post = posts.by_id(report.post) if report else None
    group = groups.by_id(report.group) if report else None
    if report is None or post is None or group is None:
        raise NotFound("There is no such report.")
    review.may_decide(by, group, list(report.areas or ()))
    if report.waiting_since is None:
        if report.decided != what:
            raise Conflict("Somebody else has decided on this report already.")
        return report
    if what not in (TAKE_DOWN, NOTHING_TO_DO):
        raise InvalidInput({"": ["Press one of the buttons"]})
    if what == TAKE_DOWN:
        review.take_down(work, post.id, Choice(TAKE_DOWN, reasons=(reason,)), by=by, now=now)
    decisions.log(by, what, (decisions.REPORT, report_id), now, reasons=(reason,) if what == TAKE_DOWN else ())
    done = {"waiting_since": None, "decided": what, "decided_at": now, "forget_at": now + retention.REPORT.lasts}
    if not change_if(reports(), report_id, {"waiting_since": report.waiting_since}, done, (), now):
        raise Conflict("Somebody else has decided on this report already.")
    return report_by_id(report_id) or report
