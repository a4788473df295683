"""What counts as a finding, and how it is told."""

import pytest

from tests.faults.scenes import ONCE, RESEND, SCENES, Scene, chosen
from tests.faults.table import HEAD, rows_of
from tests.faults.verdict import Verdict

RELAY = Scene("relay.after-ack", "pledge-worker")
ACCEPTED = Scene("sender.after-accepted", "notify-sender", RESEND)
NUDGE = Scene("sender.after-claim", "notify-sender", ONCE)


def mails(count: int) -> frozenset[str]:
    return frozenset(f"mail {number}" for number in range(count))


def test_what_is_lost_or_doubled_is_told_of_both() -> None:
    """Whoever of the two it was, nobody overlooks it; its own line has the number."""
    rows = rows_of((RELAY, ACCEPTED), 5, Verdict(lost=frozenset({"a pledge"}), doubled=frozenset({"a count"})), 12.4)
    assert [row.findings for row in rows] == [["a pledge", "a count"]] * 2
    assert rows[0].line.split() == ["relay.after-ack", "pledge-worker", "5", "1", "1", "0", "0", "12"]
    assert len(rows[0].line) == len(HEAD)


@pytest.mark.parametrize(("scene", "count", "findings"), [(ACCEPTED, 5, 0), (ACCEPTED, 6, 6), (RELAY, 1, 1), (NUDGE, 1, 1)])
def test_a_first_mail_may_come_twice_in_its_window_alone(scene: Scene, count: int, findings: int) -> None:
    """Once a death of the sender between the server's yes and the record; more, or elsewhere, is a doubled mail."""
    (row,) = rows_of((scene,), 5, Verdict(again=mails(count)), 1)
    assert (len(row.doubled), row.again) == (findings, count if scene is ACCEPTED else 0)


@pytest.mark.parametrize(("scene", "count", "findings"), [(NUDGE, 5, 0), (NUDGE, 6, 6), (ACCEPTED, 5, 0), (RELAY, 1, 1)])
def test_a_mail_may_stay_unknown_where_its_sender_died_alone(scene: Scene, count: int, findings: int) -> None:
    """Once a death of the sender between claim and record; more, or elsewhere, is a mail that nobody can account for."""
    (row,) = rows_of((scene,), 5, Verdict(unknown=mails(count)), 1)
    assert (len(row.lost), row.unknown) == (findings, 0 if scene is RELAY else count)


def test_only_what_is_new_is_told() -> None:
    """A finding is its own scene's, and is not told again of the next."""
    old = Verdict(lost=frozenset({"a"}), again=mails(2))
    now = Verdict(lost=frozenset({"a", "b"}), again=mails(3))
    assert (now.since(old).lost, len(now.since(old).again)) == (frozenset({"b"}), 1)


def test_a_word_chooses_points() -> None:
    """Without those that would die beside them: so one is tried alone."""
    assert [scene.name for together in chosen(["nudge"]) for scene in together] == ["notify-worker nudge.after-plan"]
    assert chosen(["tea"]) == []
    assert [len(together) for together in chosen([])] == [len(together) for together in SCENES]
