"""What a doctor finds, and how it is told: for people a line or two each, for programs JSON.

A store is read while others write to it, so nothing is believed at first sight: what seems wrong is looked at again for some
seconds, and is a finding only if every look saw it.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Self

LOST, DOUBLED, AMISS, NOTE = "lost", "doubled", "amiss", "note"
LOOK_EVERY = 1.0


@dataclass(frozen=True)
class Finding:
    """One thing that is so. `name`: fixed, for programs; `about`: the document or cell; `advice`: what to do.

    `effect`: lost or doubled (of `about`), amiss (somebody should look), or only a note. `message`: the id of the one
    message or mail concerned, where several may be about the same document.
    """

    effect: str
    name: str
    about: str
    words: str
    advice: str = ""
    message: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        return self.name, self.about, self.message


def note(name: str, words: str) -> Finding:
    return Finding(NOTE, name, "", words)


def diagnose(look: Callable[[], list[Finding]], patience: float) -> list[Finding]:
    """Look again, for `patience` seconds, while anything seems wrong. What every look saw, and the last one's notes."""
    seen = look()
    until = time.monotonic() + patience
    while (wrong := {finding.key for finding in seen if finding.effect != NOTE}) and (left := until - time.monotonic()) > 0:
        time.sleep(min(LOOK_EVERY, left))
        seen = [finding for finding in look() if finding.effect == NOTE or finding.key in wrong]
    return seen


def spell(age: timedelta) -> str:
    """An age as people say it."""
    seconds = age.total_seconds()
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(0.0, seconds):.1f} s"


@dataclass(frozen=True)
class Report:
    """What a doctor says of one service."""

    service: str
    findings: Sequence[Finding]

    @property
    def wrong(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.effect != NOTE]

    def as_json(self) -> dict[str, Any]:
        return {"service": self.service, "healthy": not self.wrong, "findings": [asdict(finding) for finding in self.findings]}

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> Self:
        return cls(said["service"], [Finding(**finding) for finding in said["findings"]])

    def lines(self) -> list[str]:
        verdict = f"{len(self.wrong)} finding{'s' if len(self.wrong) > 1 else ''}" if self.wrong else "healthy"
        return [f"{self.service}: {verdict}", *told_apart(self.findings)]


MOST_LINES = 20


def told_apart(findings: Sequence[Finding]) -> list[str]:
    """A line or two a finding, the worst first, at most 20 of a name."""
    ranks = (LOST, DOUBLED, AMISS, NOTE)
    shown: dict[str, int] = {}
    lines = []
    for one in sorted(findings, key=lambda one: (ranks.index(one.effect), one.name, one.about)):
        shown[one.name] = shown.get(one.name, 0) + 1
        if shown[one.name] <= MOST_LINES:
            lines.append(f"  {one.effect:8} {one.name}: {one.words}")
            lines += [f"           → {one.advice}"] if one.advice else []
    return [*lines, *(f"  and {count - MOST_LINES} more {name}" for name, count in shown.items() if count > MOST_LINES)]
