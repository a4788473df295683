"""notify's own commands for operators."""

from dataclasses import replace
from typing import Any

from click.testing import CliRunner, Result

from services.notify import mails
from services.notify.commands import COMMANDS
from services.notify.store import Member
from shared.runtime.clock import utc_now
from shared.runtime.settings import PRODUCTION
from tests.notify import guild
from tests.notify.desk import Desk

BY_NAME = {command.name: command for command in COMMANDS}
SEND, SIGN_IN_LINK = BY_NAME["send-due-nudges"], BY_NAME["sign-in-link"]


def test_send_due_nudges(desk: Desk) -> None:
    """On a laptop it plans every confirmed nudge, and says how many; once more, and it is none."""
    ref = desk.confirmed(days=30)
    desk.offered("bo.fern@example.org")
    for count in (1, 0):
        ended = CliRunner().invoke(SEND, obj=lambda: desk.work.settings)
        assert (ended.exit_code, ended.output) == (0, f"{count} nudges planned\n")
    assert len(desk.rows(ref, mails.NUDGE)) == 1


def test_never_in_production(desk: Desk) -> None:
    """In production it plans nothing, says why, and ends with 1."""
    ref = desk.confirmed()
    ended = CliRunner().invoke(SEND, obj=lambda: replace(desk.work.settings, environment=PRODUCTION))
    assert ended.exit_code == 1
    assert "in production a nudge goes at the time its person chose" in ended.output
    assert desk.rows(ref, mails.NUDGE) == []


# sign-in-link


def link_for(desk: Desk, *arguments: str) -> Result:
    return CliRunner().invoke(SIGN_IN_LINK, list(arguments), obj=lambda: desk.work.settings)


def test_the_first_operator_comes_in_by_the_command_line(desk: Desk) -> None:
    """The one line it prints is a link that signs in; who is on the list needs no name the second time, and keeps the role."""
    ended = link_for(desk, "Olive@example.org", "--name", "Olive")
    assert ended.exit_code == 0
    path = ended.output.strip().removeprefix(desk.work.settings.public_url)
    desk.clock.set(utc_now())
    client = desk.browser
    assert client.post(path, base_url=desk.work.settings.public_url).headers["Location"] == "/staff"
    assert "Operator" in client.get("/staff", base_url=desk.work.settings.public_url).text
    assert link_for(desk, "olive@example.org").exit_code == 0
    assert Member.objects.count() == 1
    desk.send()
    assert desk.mails == []


def test_others_need_a_name_and_a_role(desk: Desk) -> None:
    """An address that is not on the list is put there only with both, once there is an operator; nothing is made otherwise."""
    assert "not on the list" in link_for(desk, "moss@example.org").output
    assert link_for(desk, "olive@example.org", "--name", "Olive").exit_code == 0
    for arguments, code in (((), 1), (("--name", "Moss"), 1), (("--name", "http://evil.example", "--role", "moderator"), 2)):
        assert link_for(desk, "moss@example.org", *arguments).exit_code == code
    assert link_for(desk, "moss").exit_code == 2
    assert Member.objects.count() == 1
    assert link_for(desk, "moss@example.org", "--name", "Moss", "--role", "moderator").exit_code == 0
    assert sorted(list(one.roles) for one in Member.objects) == [["moderator"], ["operator"]]


# Organisers


def ref_of(desk: Desk, address: str, **changes: Any) -> Result:
    return CliRunner().invoke(BY_NAME["organiser-ref"], [address], obj=lambda: replace(desk.work.settings, **changes))


def test_an_organiser_comes_in_by_the_command_line(desk: Desk) -> None:
    """The ref is printed, and stays; the link signs in with it and leads to the groups; nobody is mailed; in production no ref is made."""
    first = ref_of(desk, "rowan@example.org")
    assert (first.exit_code, ref_of(desk, "Rowan@Example.org").output) == (0, first.output)
    ended = link_for(desk, "rowan@example.org", "--organiser")
    assert ended.exit_code == 0
    path = ended.output.strip().removeprefix(desk.work.settings.public_url)
    desk.clock.set(utc_now())
    client = desk.browser
    assert client.post(path, base_url=desk.work.settings.public_url).headers["Location"] == "/groups"
    assert list(guild.session(client, desk).refs) == [first.output.strip()]
    desk.send()
    assert desk.mails == []
    assert ref_of(desk, "kit@example.org", environment=PRODUCTION).exit_code == 1
    assert ref_of(desk, "kit@").exit_code == 2
    assert guild.refs(desk, "kit@example.org") == []
