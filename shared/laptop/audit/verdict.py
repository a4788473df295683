"""What all examinations come to: one finding where two say the same, and a last line."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from shared.messaging.findings import AMISS, DOUBLED, LOST, Finding, Report

CROSSED = "between them"


@dataclass(frozen=True)
class Verdict:
    reports: Sequence[Report]

    def about(self, effect: str) -> set[str]:
        """Each document, cell or mail once, however many stations miss it."""
        return {finding.about for report in self.reports for finding in report.wrong if finding.effect == effect}

    @property
    def is_clean(self) -> bool:
        return not any(report.wrong for report in self.reports)

    @property
    def line(self) -> str:
        amiss = len(self.about(AMISS))
        return f"{len(self.about(LOST))} lost, {len(self.about(DOUBLED))} doubled" + (f", {amiss} amiss" if amiss else "")


def judge(doctors: Iterable[Report], crossed: Sequence[Finding], on_the_log: Collection[str]) -> Verdict:
    """The doctors know their own store alone: where the log knows better, its word is taken."""
    better = {finding.key for finding in crossed}
    own = [Report(doctor.service, [one for one in doctor.findings if not _is_known_better(one, better, on_the_log)]) for doctor in doctors]
    return Verdict([*own, Report(CROSSED, crossed)])


def _is_known_better(finding: Finding, better: Collection[tuple[str, str, str]], on_the_log: Collection[str]) -> bool:
    """A row that is counted and in no archive is counted for somebody, if the log has its message: then the archive lacks it."""
    return finding.key in better or (finding.name == "counted-for-nobody" and finding.message in on_the_log)
