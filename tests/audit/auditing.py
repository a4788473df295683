"""An auditor's looks at a world: the same code as the command's, without a stack."""

from dataclasses import dataclass, field

from services.events.operations.examine import examine as examine_events
from services.notify.operations.examine import examine as examine_notify
from services.pledge.operations.examine import examine as examine_pledge
from shared.laptop.audit.crossing import cross
from shared.laptop.audit.evidence import Acknowledged, Evidence, gather
from shared.laptop.audit.mails import compare_mails
from shared.laptop.audit.verdict import Verdict, judge
from shared.laptop.mailbox import Taken
from shared.messaging.findings import NOTE, Finding, Report
from tests.audit.world import Cast, World
from tests.support.settings import A_MOMENT

Found = set[tuple[str, str, str]]


@dataclass
class Audit:
    """What an auditor is given beside the stores, and may be altered: acknowledgements, and the mails received."""

    world: World
    acknowledged: list[Acknowledged] = field(default_factory=list)
    mails: list[Taken] = field(default_factory=list)

    def look(self) -> Evidence:
        return gather(self.world.stores, self.world.pledge.settings, self.acknowledged, self.mails, self.world.clock())

    def findings(self, evidence: Evidence | None = None) -> list[Finding]:
        evidence = evidence or self.look()
        return [*cross(evidence), *compare_mails(evidence)]

    def found(self, evidence: Evidence | None = None) -> Found:
        return {(one.effect, one.name, one.about) for one in self.findings(evidence) if one.effect != NOTE}

    def notes(self) -> dict[str, str]:
        return {one.name: one.words for one in self.findings() if one.effect == NOTE}

    def verdict(self) -> Verdict:
        """With all doctors, as the command has it."""
        evidence, now = self.look(), self.world.clock()
        doctors = [
            Report("pledge", examine_pledge(self.world.pledge, now)),
            Report("events", examine_events(self.world.events, now)),
            Report("notify", examine_notify(self.world.notify, now)),
        ]
        return judge(doctors, self.findings(evidence), {record.envelope.id for record in evidence.log if record.envelope})

    def mail_of(self, ref: str, template: str = "confirm") -> Taken:
        row = self.world.notify.db["notifications"].find_one({"ref": ref, "template": template})
        assert row
        return Taken(A_MOMENT.isoformat(), row["message_id"])


def audit_of(world: World, cast: Cast) -> Audit:
    """Everybody was answered, every mail was received."""
    acknowledged = [Acknowledged(made.id, made.reference) for made in vars(cast).values()]
    return Audit(world, acknowledged, received(world))


def received(world: World) -> list[Taken]:
    return [Taken(A_MOMENT.isoformat(), mail.message["Message-ID"]) for mail in world.server.taken]
