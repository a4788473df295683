"""notify's own commands for operators."""

from dataclasses import replace

from click.testing import CliRunner

from services.notify import mails
from services.notify.commands import COMMANDS
from shared.runtime.settings import PRODUCTION
from tests.notify.desk import Desk

SEND = {command.name: command for command in COMMANDS}["send-due-nudges"]


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
