"""Staff invite staff: who may give what, what a change ends, what is written down, and who is never left out."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify import rules
from services.notify.clock import DUE
from services.notify.operations import staff
from services.notify.store.staff import last_decisions, member
from shared.runtime.errors import Conflict
from shared.security.sessions import CAMPAIGN, MODERATOR, OPERATOR, ROLES, SAFEGUARDING
from tests.notify import staffroom
from tests.notify.desk import Desk
from tests.notify.test_pages import heading, shown
from tests.support.meanwhile import just_before
from tests.support.pledge_site import complaints

RUTH = {"name": "Ruth", "email": "ruth@example.org", "role-moderator": "yes"}


def invited(desk: Desk, client: Any, **changes: str) -> Any:
    return staffroom.ask(desk, client, "/staff/people/invite", post={name: value for name, value in (RUTH | changes).items() if value})


# Rules

roles = st.sets(st.sampled_from(ROLES))
boroughs = st.sets(st.sampled_from(["hackney", "sutton", "newham"]))


@given(roles, boroughs, roles, boroughs)
def test_nobody_gives_what_they_have_not_got(own: set[str], within: set[str], wanted: set[str], places: set[str]) -> None:
    """But for an operator: neither a role nor a borough; and without being operator or campaign, nothing at all."""
    allowed = rules.may_grant(own, within, wanted, places)
    if OPERATOR in own:
        assert allowed
    elif CAMPAIGN not in own:
        assert not allowed
    elif allowed:
        assert wanted <= own
        assert not within or (places and places <= within)
    else:
        assert not wanted <= own or (within and not (places and places <= within))


# Inviting


def test_an_invitation(desk: Desk) -> None:
    """Mailed at once by the one who invites; it is good for a week, signs in, and from then on the person is staff."""
    olive = staffroom.come(desk, "Olive", OPERATOR)
    id_ = staffroom.id_of(invited(desk, olive, **{"borough-hackney": "yes"}))
    assert "The invitation is on its way." in shown(staffroom.ask(desk, olive, f"/staff/people/{id_}"))
    desk.send()
    mail = desk.server.last()
    assert (mail.message["To"], mail.message["Subject"]) == ("ruth@example.org", "Your invitation")
    assert "Olive has invited you to help run" in mail.body("plain")
    assert "The invitation went on" in shown(staffroom.ask(desk, olive, f"/staff/people/{id_}"))
    desk.clock.move(days=6, hours=23)
    ruth = desk.browser
    assert staffroom.ask(desk, ruth, desk.link("sign-in"), post={}).status_code == 303
    page = shown(staffroom.ask(desk, ruth, "/staff"))
    assert "Hello Ruth" in page
    assert "For Hackney." in page


def test_an_invitation_that_nobody_takes_up(desk: Desk) -> None:
    """After a week its link is over, and a fresh one can be asked for; after 30 days we know nothing of the address."""
    olive = staffroom.come(desk, "Olive", OPERATOR)
    id_ = staffroom.id_of(invited(desk, olive))
    desk.send()
    desk.clock.move(days=7)
    assert desk.get(desk.link("sign-in")).status_code == 410
    desk.post("/sign-in", data={"email": RUTH["email"]})
    desk.send()
    assert desk.get(desk.link("sign-in")).status_code == 200
    desk.clock.move(days=23, seconds=1)
    for due in DUE:
        due.step(desk.work, desk.clock.now)
    found = member(id_)
    assert found
    assert (found.state, found.sealed, found.address_hash) == (rules.REMOVED, None, None)
    assert desk.get(desk.link("sign-in")).status_code == 410


def test_who_asked_to_be_left_alone_is_not_invited(desk: Desk) -> None:
    """An address that said "this wasn't me" gets no invitation, and the inviter sees why."""
    desk.offered(RUTH["email"])
    desk.send()
    desk.post(desk.link("not-me"))
    desk.mails.clear()
    olive = staffroom.come(desk, "Olive", OPERATOR)
    id_ = staffroom.id_of(invited(desk, olive))
    desk.send()
    assert desk.mails == []
    assert "The invitation did not go: not-me." in shown(staffroom.ask(desk, olive, f"/staff/people/{id_}"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "Type their first name: 40 letters at most, and no link"),
        ({"name": "R" * 41}, "Type their first name: 40 letters at most, and no link"),
        ({"name": "see www.evil.example"}, "Type their first name: 40 letters at most, and no link"),
        ({"name": "Ruth\u202e"}, "Type their first name: 40 letters at most, and no link"),
        ({"email": "ruth"}, "Type an e-mail address like name@example.org"),
        ({"role-moderator": ""}, "Choose what they do: one role at least"),
        ({"role-moderator": "", "role-emperor": "yes"}, "Choose what they do: one role at least"),
        ({"email": "olive@example.org"}, "Somebody with this address is on the list already: change their roles there"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(desk: Desk, changes: dict[str, str], said: str) -> None:
    """At the top and at the field; nobody is added and nobody is mailed."""
    olive = staffroom.come(desk, "Olive", OPERATOR)
    before = desk.work.db["staff"].count_documents({})
    answer = invited(desk, olive, **changes)
    assert answer.status_code == 422
    assert said in complaints(answer)
    if not changes.get("email"):
        assert 'value="ruth@example.org"' in answer.text
    assert desk.work.db["staff"].count_documents({}) == before
    desk.send()
    assert desk.mails == []


def test_the_campaign_gives_what_it_has(desk: Desk) -> None:
    """It is offered those roles and boroughs alone; sending others is refused, and so is deciding about an operator."""
    olive = staffroom.add(desk, "Olive", OPERATOR)
    cam = staffroom.come(desk, "Cam", CAMPAIGN, MODERATOR, boroughs=("hackney", "sutton"))
    form = staffroom.ask(desk, cam, "/staff/people/invite").text
    assert [role for role in ROLES if f'name="role-{role}"' in form] == [MODERATOR, CAMPAIGN]
    assert form.count('name="borough-') == 2
    assert invited(desk, cam, **{"borough-hackney": "yes"}).status_code == 303
    for changes in ({"borough-newham": "yes"}, {}, {"role-operator": "yes", "borough-hackney": "yes"}, {"role-safeguarding": "yes"}):
        answer = invited(desk, cam, email="another@example.org", **changes)
        assert answer.status_code == 422
        assert complaints(answer) == ["You can give the roles and boroughs that you have yourself. Ask an operator for others"]
    page = staffroom.ask(desk, cam, f"/staff/people/{olive.id}")
    assert "an operator decides here" in shown(page)
    for path in (f"/staff/people/{olive.id}", f"/staff/people/{olive.id}/remove"):
        assert staffroom.ask(desk, cam, path, post={"role-moderator": "yes", "borough-hackney": "yes"}).status_code == 403
    assert member(olive.id).roles == [OPERATOR]  # type: ignore[union-attr]  # it is there: the page showed it


# Changing, removing


def test_other_roles_from_now_on(desk: Desk) -> None:
    """What the old cookie says counts no more, here at once and by message for the others; the next sign-in has the new roles."""
    olive, moss = staffroom.come(desk, "Olive", OPERATOR), staffroom.add(desk, "Moss", MODERATOR)
    browser = staffroom.sign_in(desk, moss)
    desk.clock.move(seconds=1)
    answer = staffroom.ask(desk, olive, f"/staff/people/{moss.id}", post={"role-operator": "yes"})
    assert answer.status_code == 303
    assert staffroom.ask(desk, browser, "/staff").status_code == 303
    assert len(staffroom.revoked(desk)) == 1
    again = staffroom.sign_in(desk, moss)
    assert staffroom.ask(desk, again, "/staff/status/notify").status_code == 200


def test_who_leaves_is_out_at_once_and_forgotten(desk: Desk) -> None:
    """Sessions, links not yet used, name and address: all over; the same person can be invited anew."""
    olive, moss = staffroom.come(desk, "Olive", OPERATOR), staffroom.add(desk, "Moss", MODERATOR)
    browser, unused = staffroom.sign_in(desk, moss), staffroom.link(desk, moss)
    desk.clock.move(seconds=1)
    assert staffroom.ask(desk, olive, f"/staff/people/{moss.id}/remove", post={}).status_code == 303
    assert staffroom.ask(desk, browser, "/staff").status_code == 303
    assert [desk.get(unused).status_code, desk.post(unused).status_code] == [410, 410]
    assert "Moss" not in staffroom.ask(desk, olive, "/staff/people").text
    assert staffroom.ask(desk, olive, f"/staff/people/{moss.id}").status_code == 404
    row = desk.work.db["staff"].find_one({"_id": moss.id})
    assert row
    assert not {"sealed", "address_hash"} & set(row)
    assert invited(desk, olive, name="Moss", email="moss@example.org").status_code == 303


def test_there_is_always_an_operator(desk: Desk) -> None:
    """The last one can neither go nor lose the role; with another one who has come, both work."""
    olive = staffroom.add(desk, "Olive", OPERATOR)
    browser = staffroom.sign_in(desk, olive)
    desk.clock.move(seconds=1)
    for path in (f"/staff/people/{olive.id}", f"/staff/people/{olive.id}/remove"):
        answer = staffroom.ask(desk, browser, path, post={"role-moderator": "yes"})
        assert (answer.status_code, heading(answer)) == (409, "That has changed meanwhile")
        assert "This is the last operator" in shown(answer)
    staffroom.come(desk, "Otto", OPERATOR)
    assert staffroom.ask(desk, browser, f"/staff/people/{olive.id}", post={"role-moderator": "yes"}).status_code == 303


def test_two_who_decide_at_once(desk: Desk) -> None:
    """The second saw roles that are no longer so: told to look again, and nothing of theirs takes effect."""
    moss = staffroom.add(desk, "Moss", MODERATOR)

    def give(role: str) -> None:
        staff.change(desk.work, moss.id, (role,), (), by=staff.THE_COMMAND_LINE, now=desk.clock.now)

    with just_before("update", "staff", lambda: give(SAFEGUARDING)), pytest.raises(Conflict):
        give(OPERATOR)
    assert member(moss.id).roles == [SAFEGUARDING]  # type: ignore[union-attr]  # it was just added


@pytest.mark.parametrize("id_", ["00000000-0000-4000-8000-000000000001", "x", "../../people", "1"])
def test_a_page_of_nobody(desk: Desk, id_: str) -> None:
    """404, whatever is asked of it."""
    olive = staffroom.come(desk, "Olive", OPERATOR)
    assert staffroom.ask(desk, olive, f"/staff/people/{id_}").status_code == 404
    assert staffroom.ask(desk, olive, f"/staff/people/{id_}/remove", post={}).status_code == 404


# The log


def test_every_decision_is_written_down(desk: Desk) -> None:
    """Who, what, whom and when, in order; without an address, and without a name once somebody has left."""
    olive = staffroom.come(desk, "Olive", OPERATOR)
    id_ = staffroom.id_of(invited(desk, olive))
    desk.clock.move(seconds=1)
    staffroom.ask(desk, olive, f"/staff/people/{id_}", post={"role-safeguarding": "yes"})
    page = shown(staffroom.ask(desk, olive, "/staff/people"))
    assert "Olive changed the roles of Ruth · Safeguarding" in page
    assert "Olive invited Ruth · Moderator" in page
    assert "The command line invited Olive · Operator" in page
    desk.clock.move(seconds=1)
    staffroom.ask(desk, olive, f"/staff/people/{id_}/remove", post={})
    desk.clock.move(seconds=1)
    staffroom.ask(desk, olive, "/sign-out", post={"everywhere": "yes"})
    assert [(row.what, row.whom == id_) for row in last_decisions(9)] == [
        ("signed-out-everywhere", False),
        ("removed", True),
        ("changed", True),
        ("invited", True),
        ("invited", False),
    ]
    rows = repr(list(desk.work.db["staff_log"].find({})))
    assert "@" not in rows
    assert "Ruth" not in rows
    again = staffroom.sign_in(desk, staff.known_by(desk.work, "olive@example.org"))  # type: ignore[arg-type]  # she is there
    assert "removed somebody who has left" in shown(staffroom.ask(desk, again, "/staff/people"))


def test_nothing_in_the_house_changes_the_log(desk: Desk) -> None:
    """What is written stays as it was written, whatever is decided after it, for two years."""
    olive = staffroom.come(desk, "Olive", OPERATOR)
    id_ = staffroom.id_of(invited(desk, olive))
    before = list(desk.work.db["staff_log"].find({}))
    desk.clock.move(seconds=1)
    staffroom.ask(desk, olive, f"/staff/people/{id_}/remove", post={})
    desk.clock.move(days=700)
    for due in DUE:
        due.step(desk.work, desk.clock.now)
    assert list(desk.work.db["staff_log"].find({}))[: len(before)] == before
    desk.clock.move(days=40)
    for due in DUE:
        due.step(desk.work, desk.clock.now)
    assert desk.work.db["staff_log"].count_documents({}) == 0


# Status


def test_how_notify_is(desk: Desk) -> None:
    """Its operator sees what the doctor sees at a glance, and each help line that nobody has checked."""
    page = shown(staffroom.ask(desk, staffroom.come(desk, "Olive", OPERATOR), "/staff/status/notify"))
    assert "no worker is at work" in page
    assert "python -m services.notify doctor" in page
    assert "Samaritans" in page
