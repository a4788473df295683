"""pledge's copies of what groups post: in whatever order the messages come, what is shown is what the newest of them says."""

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.pledge.operations.listings import ThisWeek, company, forget
from services.pledge.store.listings import LISTINGS, PAUSED_GROUPS
from shared.messaging.envelope import Envelope
from shared.messaging.work import Work
from shared.privacy.retention import LISTING, LISTING_MARK
from tests.support.builders import an_id
from tests.support.settings import A_MOMENT, MovableClock
from tests.support.told import IN_TWO_DAYS, hear, hear_of_event, told

PAUSED, POSTED = "group.paused", ("event.published", "event.changed")
LIVES = st.lists(st.sampled_from(["event.changed", "event.taken-down", "event.closing", "event.cancelled"]), max_size=5)
PAUSES = st.lists(st.booleans(), max_size=3)


def titles(work: Work[Any], area: str = "hackney", moment: Any = A_MOMENT) -> list[str]:
    return [one.title for one in company(work, area, moment)]


def week(work: Work[Any], moment: Any = A_MOMENT) -> list[str]:
    return [one.area for one in ThisWeek(work).at(moment)]


def kept(work: Work[Any], post: str) -> dict[str, Any]:
    return work.db[LISTINGS].find_one({"_id": post}) or {}


# In any order


def newest(heard: list[Envelope], subject: str) -> Envelope | None:
    return max((one for one in heard if one.subject == subject), key=lambda one: one.sequence or 0, default=None)


def should_show(heard: list[Envelope], post: str, group: str) -> list[str]:
    """The title of the newest edition heard of, unless the newest word of the post or its group is that it is not there."""
    of_post, of_group = newest(heard, post), newest(heard, group)
    if of_post is None or not of_post.type.startswith(POSTED) or (of_group and of_group.data["paused"]):
        return []
    return [of_post.data["title"]]


def test_whatever_the_order_the_newest_is_shown(work: Work[Any]) -> None:
    """Published, changed, called off, taken down, put back, paused, shown again; late, doubled: after each message what is shown is what
    the newest so far says, on the first page and beside a pledge. So nothing that was taken down is shown by a late copy."""

    @settings(max_examples=60, deadline=None)
    @given(st.data(), LIVES, PAUSES)
    def shows_the_newest(data: st.DataObject, life: list[str], pauses: list[bool]) -> None:
        work.db[LISTINGS].delete_many({})
        post, group = an_id(), an_id()
        sent = [told(type_, at, post=post, group=group, **_edition(type_, at)) for at, type_ in enumerate(["event.published", *life])]
        sent += [told(PAUSED, at, post=post, group=group, paused=paused) for at, paused in enumerate(pauses)]
        doubled = data.draw(st.lists(st.sampled_from(sent), max_size=4))
        heard: list[Envelope] = []
        for envelope in data.draw(st.permutations([*sent, *doubled])):
            hear(work, envelope)
            heard.append(envelope)
            expected = should_show(heard, post, group)
            assert titles(work) == expected
            assert [one.title for one in ThisWeek(work).at(A_MOMENT)] == expected

    shows_the_newest()


def _edition(type_: str, number: int) -> dict[str, Any]:
    return {"title": f"edition {number}"} if type_ in POSTED else {}


def test_what_was_taken_down_stays_away(work: Work[Any]) -> None:
    """By itself, where the message that it was published comes only after the one that it was taken down, and again much later."""
    post = an_id()
    hear(work, told("event.taken-down", 3, post=post), told("event.published", 1, post=post), told("event.changed", 2, post=post))
    assert titles(work) == []
    forget(work, A_MOMENT + LISTING_MARK.lasts - timedelta(days=1))
    hear(work, told("event.published", 1, post=post))
    assert titles(work) == []


def test_nothing_of_an_ended_post_is_kept(work: Work[Any]) -> None:
    """Only that it has ended: no title, no place, no time."""
    post = hear_of_event(work, title="Evening walk")
    hear(work, told("event.taken-down", 1, post=post))
    assert set(kept(work, post)) == {"_id", "sequence", "kind", "forget_at"}


def test_a_new_time_is_the_one_that_is_shown(work: Work[Any]) -> None:
    """Moved to another borough next week, it is found there and then, and no longer here."""
    post = hear_of_event(work)
    hear(work, told("event.changed", 1, post=post, area="bexley", starts=IN_TWO_DAYS + timedelta(days=7)))
    assert week(work) == []
    assert [one.starts for one in company(work, "bexley", A_MOMENT)] == [IN_TWO_DAYS + timedelta(days=7)]


def test_an_initiative_is_kept_and_on_no_card_of_a_day(work: Work[Any]) -> None:
    """It has no time: the copy is there until it is taken down."""
    post = an_id()
    hear(work, told("initiative.published", 0, post=post), told("initiative.changed", 1, post=post, title="Chattier benches"))
    assert (kept(work, post)["title"], kept(work, post)["areas"]) == ("Chattier benches", ["hackney"])
    assert (titles(work), week(work)) == ([], [])
    hear(work, told("initiative.taken-down", 2, post=post), told("initiative.changed", 1, post=post))
    assert "title" not in kept(work, post)


# Which ones


def test_a_week_shows_three_in_different_boroughs(work: Work[Any]) -> None:
    """The soonest of each borough, in their order, though others of one borough come sooner; what has begun is not among them."""
    hear_of_event(work, area="camden", starts=A_MOMENT - timedelta(minutes=5))
    for hours, area in (
        (30, "hackney"),
        (31, "hackney"),
        (32, "hackney"),
        (50, "brent"),
        (100, "lewisham"),
        (101, "sutton"),
        (190, "barnet"),
    ):
        hear_of_event(work, area=area, starts=A_MOMENT + timedelta(hours=hours))
    assert week(work) == ["hackney", "brent", "lewisham"]


def test_a_quiet_week_shows_what_there_is(work: Work[Any]) -> None:
    """Where there are not three boroughs, a second of the same is better than none; nothing of the week after."""
    for hours in (30, 31, 32, 33):
        hear_of_event(work, starts=A_MOMENT + timedelta(hours=hours))
    assert week(work) == ["hackney"] * 3
    assert [one.starts for one in ThisWeek(work).at(A_MOMENT)] == [A_MOMENT + timedelta(hours=hours) for hours in (30, 31, 32)]
    assert week(work, A_MOMENT - timedelta(days=9)) == []


def test_company_is_near_first_then_anywhere(work: Work[Any]) -> None:
    """Two in the borough or next door, the soonest first; where there is none, or no borough was said, the soonest of all."""
    for hours, area in ((5, "sutton"), (80, "haringey"), (200, "hackney"), (300, "hackney"), (20, "croydon")):
        hear_of_event(work, area=area, title=area, starts=A_MOMENT + timedelta(hours=hours))
    assert titles(work, "hackney") == ["haringey", "hackney"]
    assert titles(work, "hillingdon") == titles(work, "not-said") == titles(work, "work-study") == ["sutton", "croydon"]
    assert titles(work, "bromley") == ["croydon"]


def test_a_reading_lasts_a_second(work: Work[Any]) -> None:
    """A burst of visitors asks the store once; what is taken down is gone a second later."""
    shown, post = ThisWeek(work), hear_of_event(work)
    assert len(shown.at(A_MOMENT)) == 1
    hear(work, told("event.taken-down", 1, post=post))
    assert len(shown.at(A_MOMENT + timedelta(milliseconds=900))) == 1
    assert shown.at(A_MOMENT + timedelta(seconds=1)) == ()


# What is forgotten


def test_past_events_leave_a_mark_and_the_mark_goes_too(work: Work[Any], clock: MovableClock) -> None:
    """Thirty days after its end nothing is known but that it was there; when no copy can come any more, nothing at all."""
    post = hear_of_event(work)
    over = IN_TWO_DAYS + timedelta(hours=1)
    assert forget(work, over + LISTING.lasts - timedelta(minutes=1)) == 0
    assert forget(work, over + LISTING.lasts + timedelta(minutes=1)) == 1
    assert set(kept(work, post)) == {"_id", "sequence", "kind", "forget_at"}
    assert forget(work, over + LISTING.lasts + LISTING_MARK.lasts) == 0
    assert forget(work, over + LISTING.lasts + LISTING_MARK.lasts + timedelta(minutes=2)) == 1
    assert work.db[LISTINGS].find_one({}) is None


def test_a_pause_is_kept_while_it_lasts(work: Work[Any]) -> None:
    """However long; the mark of one that is over goes when no older word of it can come any more."""
    post = hear_of_event(work, starts=A_MOMENT + timedelta(days=600))
    hear(work, told(PAUSED, 0, post=post, paused=True))
    assert forget(work, A_MOMENT + timedelta(days=599)) == 0
    assert titles(work, moment=A_MOMENT + timedelta(days=599)) == []
    hear(work, told(PAUSED, 1, post=post, paused=False))
    assert titles(work, moment=A_MOMENT + timedelta(days=599)) != []
    assert forget(work, A_MOMENT + LISTING_MARK.lasts + timedelta(minutes=1)) == 1
    assert work.db[PAUSED_GROUPS].find_one({}) is None
