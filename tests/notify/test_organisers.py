"""Organisers: a first sign-in gives an address its ref, once; an invitation gives it another; and nothing of the address is in clear."""

from datetime import timedelta

import pytest

from services.notify import rules
from services.notify.clock import DUE
from services.notify.operations import sessions
from services.notify.operations.examine import examine
from services.notify.store import Notification, Token, contact, rows_of
from shared.messaging.findings import NOTE
from shared.runtime.errors import Expired
from shared.security.sessions import MODERATOR
from tests.notify import guild, staffroom
from tests.notify.desk import ADA, Desk
from tests.notify.guild import GROUP, ROWAN
from tests.notify.test_pages import heading, shown
from tests.notify.test_sign_in import bytes_of
from tests.support.meanwhile import just_before


def let_time_work(desk: Desk) -> None:
    for due in DUE:
        due.step(desk.work, desk.clock.now)


def wrong(desk: Desk) -> list[str]:
    """What notify's doctor finds."""
    return [one.name for one in examine(desk.work, desk.clock.now) if one.effect != NOTE]


# Signing in


def test_the_first_sign_in_gives_an_address_its_ref(desk: Desk) -> None:
    """Asked from a group's page, mailed though nobody knows it, looked at (which changes nothing), pressed: one ref, in the cookie."""
    assert guild.ask(desk).headers["Location"] == "/sign-in?asked=groups"
    desk.send()
    assert [mail.to for mail in desk.mails] == [ROWAN]
    path = desk.link("sign-in")
    before = desk.stored()
    assert heading(desk.get(path)) == "Sign in here?"
    assert desk.stored() == before
    assert guild.refs(desk) == []
    client = desk.browser
    answer = staffroom.ask(desk, client, path, post={})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/groups/new")
    session = guild.session(client, desk)
    assert (session.roles, session.first_name, list(session.refs)) == ((), "", guild.refs(desk))
    assert len(session.refs) == 1
    made = desk.contact(session.refs[0])
    assert (made.kind, made.state, desk.said(made.id)) == ("organiser", "confirmed", [])
    assert wrong(desk) == []


def test_the_ref_stays_the_same(desk: Desk) -> None:
    """The next sign-in, however the address is spelt and from whichever page, gives the same ref."""
    first = guild.session(guild.come(desk), desk).refs
    for address, then in (("Rowan.Hale@Example.org", "/groups"), (ROWAN, "")):
        assert guild.session(guild.come(desk, address, then), desk).refs == first
    assert desk.work.db["contacts"].count_documents({}) == 1


def test_known_and_unknown_addresses_are_answered_alike(desk: Desk) -> None:
    """An organiser's, a member of staff's and nobody's: byte for byte the same, with the same number of writes."""
    guild.come(desk)
    staffroom.add(desk, "Moss", MODERATOR)
    answers, grown = set(), []
    for address in (ROWAN, "moss@example.org", "nobody.at.all@example.org"):
        before = {name: len(rows) for name, rows in desk.stored().items()}
        answers.add(repr(bytes_of(guild.ask(desk, address))))
        grown.append({name: len(rows) - before.get(name, 0) for name, rows in desk.stored().items()})
    assert len(answers) == 1
    assert grown[0] == grown[1] == grown[2]


def test_an_address_that_nobody_knows_is_mailed_for_groups_alone(desk: Desk) -> None:
    """Without a group's page as the way on nothing is sealed and nobody is mailed."""
    for then in ("", "/staff", "https://evil.example/groups", "/groupsx"):
        guild.ask(desk, ROWAN, then)
    desk.send()
    assert desk.mails == []
    assert all("sealed" not in row for row in desk.work.db["sign_in_requests"].find())


def test_staff_who_post_are_both(desk: Desk) -> None:
    """A member of staff who signs in to post keeps the role and gets a ref; from then on each sign-in gives both."""
    moss = staffroom.add(desk, "Moss", MODERATOR)
    assert guild.session(staffroom.sign_in(desk, moss), desk).refs == ()
    both = guild.session(guild.come(desk, "moss@example.org"), desk)
    assert (both.roles, both.first_name, len(both.refs)) == ((MODERATOR,), "Moss", 1)
    assert guild.session(staffroom.sign_in(desk, moss), desk).refs == both.refs


@pytest.mark.parametrize(
    ("then", "led"), [("/groups/spadework/about", "/groups/spadework/about"), ("", "/groups"), ("/staff/people", "/groups")]
)
def test_the_way_on(desk: Desk, then: str, led: str) -> None:
    """The group's page that was asked for; never a staff page, which an organiser could not open."""
    guild.come(desk)
    guild.ask(desk, ROWAN, then)
    desk.send()
    assert desk.post(desk.link("sign-in")).headers["Location"] == led


def test_a_link_works_once(desk: Desk) -> None:
    """The second press and every earlier link open nothing, whoever is quicker; and no second ref comes of it."""
    guild.ask(desk)
    desk.send()
    older = desk.link("sign-in")
    guild.ask(desk)
    desk.send()
    newer = desk.link("sign-in")
    assert desk.post(newer).status_code == 303
    for path in (newer, older):
        assert [desk.get(path).status_code, desk.post(path).status_code] == [410, 410]
    assert len(guild.refs(desk)) == 1
    assert desk.work.db["sessions"].count_documents({}) == 1


def test_two_presses_at_once_give_one_session(desk: Desk) -> None:
    """Of two requests that have both seen the link fresh, one gets the session: the store decides, not the look before."""
    guild.come(desk)
    guild.ask(desk)
    desk.send()
    text = desk.link("sign-in").rpartition("/")[2]
    now = desk.clock.move(seconds=1)
    with just_before("insert", "organisers", lambda: sessions.sign_in(desk.work, text, now)), pytest.raises(Expired):
        sessions.sign_in(desk.work, text, now + timedelta(milliseconds=1))
    assert desk.work.db["sessions"].count_documents({}) == 2


def test_a_link_runs_out(desk: Desk) -> None:
    """After its hour it gives nobody a ref."""
    guild.ask(desk)
    desk.send()
    desk.clock.move(hours=1)
    assert desk.post(desk.link("sign-in")).status_code == 410
    assert guild.refs(desk) == []


def test_a_stranger_is_not_mailed_without_end(desk: Desk) -> None:
    """Three a day to an address that nobody knows; ten to an organiser's."""
    for _ in range(5):
        guild.ask(desk)
    desk.send()
    assert len(desk.mails) == rules.FIRST_MAILS_A_DAY
    desk.clock.move(days=2)
    guild.come(desk)
    desk.mails.clear()
    for _ in range(5):
        guild.ask(desk)
    desk.send()
    assert len(desk.mails) == 5


def test_this_wasnt_me(desk: Desk) -> None:
    """The box is dropped at once, the link opens nothing, and for 90 days nothing goes to the address."""
    guild.ask(desk)
    desk.send()
    sign_in, not_me = desk.link("sign-in"), desk.link("not-me")
    assert heading(desk.get(not_me)) == "We have forgotten this address"
    assert desk.post(not_me).status_code == 303
    assert all("sealed" not in row for row in desk.work.db["sign_in_requests"].find())
    assert desk.post(sign_in).status_code == 410
    guild.ask(desk)
    desk.send()
    assert len(desk.mails) == 1
    assert [row.reason for row in Notification.objects(template="sign-in", state="suppressed")] == ["not-me"]
    desk.clock.move(days=90, seconds=1)
    guild.ask(desk)
    desk.send()
    assert len(desk.mails) == 2


def test_a_strangers_pledge_shuts_nobody_out_of_their_group(desk: Desk) -> None:
    """ "This wasn't me" in a mail about a pledge ends that offer; the organiser's ref and sign-in are their own, and stay."""
    guild.come(desk)
    desk.offered(ROWAN)
    desk.send()
    desk.post(desk.link("not-me"))
    assert len(guild.refs(desk)) == 1
    assert guild.session(guild.come(desk), desk).refs == tuple(guild.refs(desk))


def test_stop_in_a_nudge_leaves_the_group_alone(desk: Desk) -> None:
    """It stops nudges; the organiser's contact is none of its business."""
    guild.come(desk, ADA)
    desk.nudged(ADA)
    desk.post(desk.link("stop"))
    assert len(guild.refs(desk, ADA)) == 1


# Signing out


def test_signing_out_everywhere(desk: Desk) -> None:
    """Both of two machines, told to the other services; another organiser's stays; and a sign-in that was under way ends too."""
    here, there, other = guild.come(desk), guild.come(desk), guild.come(desk, "kit.lane@example.org")
    ids = [guild.session(one, desk).id for one in (here, there)]
    began = desk.clock.now
    desk.clock.move(seconds=1)
    answer = staffroom.ask(desk, here, "/sign-out", post={"everywhere": "yes"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/groups")
    assert sorted(staffroom.revoked(desk)) == sorted(ids)
    late = {"_id": "late", "organiser": guild.hash_of(desk, ROWAN), "issued_at": began, "expires_at": began + timedelta(hours=12)}
    desk.work.db["sessions"].insert_one(late | {"_id": guild.session(other, desk).id.replace("-", "")[:8] + "-0000-4000-8000-000000000000"})
    desk.clock.move(seconds=31)
    let_time_work(desk)
    assert len(staffroom.revoked(desk)) == 3
    assert guild.session(other, desk).id not in staffroom.revoked(desk)
    assert guild.session(guild.come(desk), desk).refs == tuple(guild.refs(desk))


def test_signing_out_here(desk: Desk) -> None:
    """One machine, told once; twice is as once."""
    client = guild.come(desk)
    for _ in range(2):
        assert staffroom.ask(desk, client, "/sign-out", post={}).status_code == 303
    assert len(staffroom.revoked(desk)) == 1


# Asked to help


def test_an_invitation_is_taken_up(desk: Desk) -> None:
    """Offered by events, mailed in its own words, shown, said yes to; the yes signs nobody in, and the next sign-in has the ref."""
    ref = guild.invited(desk)
    mail = desk.server.last()
    assert mail.message["Subject"] == "Your invitation"
    assert mail.body("plain").startswith(f"You’re asked to help run {GROUP}.\n")
    path = desk.link("confirm")
    assert heading(desk.get(path)) == f"Help run {GROUP}?"
    assert desk.contact(ref).state == "offered"
    answer = desk.post(path)
    assert answer.status_code == 303
    assert "Set-Cookie" not in answer.headers
    assert heading(desk.get(path)) == "You’re in"
    assert desk.post(path).status_code == 303
    assert desk.said(ref) == ["contact.received", "contact.confirmed: confirmed"]
    assert guild.session(guild.come(desk), desk).refs == (ref,)
    assert wrong(desk) == []


def test_somebody_who_has_a_ref_gets_another(desk: Desk) -> None:
    """An organiser who is invited by another group has both refs, their own first."""
    own = guild.session(guild.come(desk), desk).refs[0]
    desk.clock.move(minutes=1)
    ref = guild.invited(desk)
    desk.post(desk.link("confirm"))
    assert guild.session(guild.come(desk), desk).refs == (own, ref)


def test_an_invitation_heard_twice_is_one_mail(desk: Desk) -> None:
    """The same offer again is answered again, and mailed once."""
    offer = guild.invitation(desk)
    desk.hear(offer, offer)
    desk.send()
    assert len(desk.mails) == 1
    assert desk.said(str(offer.data["ref"])) == ["contact.received", "contact.received"]


def test_an_invitation_that_nobody_took_up(desk: Desk) -> None:
    """After a week the address goes, its owner is told, and the link says what to do."""
    ref = guild.invited(desk)
    path = desk.link("confirm")
    desk.clock.move(days=7, seconds=1)
    let_time_work(desk)
    assert desk.said(ref)[-1] == "contact.expired: not-confirmed"
    assert desk.contact(ref).sealed is None
    assert (desk.get(path).status_code, heading(desk.post(path))) == (410, "This invitation has run out")
    assert wrong(desk) == []


def test_not_me_in_an_invitation(desk: Desk) -> None:
    """The offer ends; and with it whatever else the address runs, whose sessions end as well."""
    client = guild.come(desk)
    ref = guild.invited(desk)
    desk.post(desk.link("not-me"))
    assert desk.said(ref)[-1] == "contact.expired: not-me"
    assert guild.refs(desk) == []
    desk.clock.move(seconds=31)
    let_time_work(desk)
    assert staffroom.revoked(desk) == [guild.session(client, desk).id]
    assert heading(desk.get(desk.link("confirm"))) == "We send nothing to this address"
    assert wrong(desk) == []


@pytest.mark.parametrize("name", ["Buy at evil.example", "https://evil.example", "<b>Bold</b>", "mail me@evil.example", "a" * 81, ""])
def test_a_name_that_nobody_has_read_carries_no_link(desk: Desk, name: str) -> None:
    """It is left out of the mail and of the page."""
    guild.invited(desk, group=name)
    mail = desk.server.last()
    assert mail.body("plain").startswith("You’re asked to help run a group.\n")
    page = shown(desk.get(desk.link("confirm")))
    assert not name or all(name not in text for text in (mail.body("plain"), mail.body("html"), page))


# Forgetting


def test_who_stays_away_is_forgotten(desk: Desk) -> None:
    """Two years after the last sign-in the address goes and events is told; a sign-in meanwhile begins the time anew."""
    ref = guild.session(guild.come(desk), desk).refs[0]
    desk.clock.move(days=700)
    guild.come(desk)
    desk.clock.move(days=700)
    let_time_work(desk)
    assert desk.contact(ref).state == "confirmed"
    assert wrong(desk) == []
    desk.clock.move(days=31)
    let_time_work(desk)
    found = contact(ref)
    assert found
    assert (found.state, found.sealed, found.address_hash, found.reason) == ("expired", None, None, "long-unused")
    assert desk.said(ref) == ["contact.expired: long-unused"]
    desk.clock.move(days=1)
    let_time_work(desk)
    assert desk.work.db["organisers"].count_documents({}) == 0


def test_what_was_asked_is_forgotten(desk: Desk) -> None:
    """The box goes with the press of the link, and the request after two days; of the mail the ledger's row stays."""
    guild.come(desk)
    guild.ask(desk, "kit.lane@example.org")
    assert sorted("sealed" in row for row in desk.work.db["sign_in_requests"].find()) == [False, True]
    desk.clock.move(days=2, seconds=1)
    let_time_work(desk)
    assert desk.work.db["sign_in_requests"].count_documents({}) == 0


def test_a_token_leads_to_no_address(desk: Desk) -> None:
    """What is kept of a link for months is a hash and the request's id."""
    guild.ask(desk)
    desk.send()
    row = rows_of(Token).find_one({"kind": "sign-in"}) or {}
    assert set(row) == {"_id", "kind", "address_hash", "request", "then", "made_at", "expires_at"}
