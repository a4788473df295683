"""`python -m shared.laptop audit`: loaded by name, since it needs what nobody else under `make run` does.

Exit codes: 0 nothing is lost, doubled or amiss; 1 something is, and is named, or the stack does not answer; 2 the command line or
the file of acknowledgements is wrong.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from pymongo.errors import PyMongoError

from shared.laptop import services, supervision
from shared.laptop.audit.crossing import cross
from shared.laptop.audit.evidence import Acknowledged, Evidence, gather, read_acknowledged
from shared.laptop.audit.mails import compare_mails
from shared.laptop.audit.settling import settle
from shared.laptop.audit.verdict import Verdict, judge
from shared.laptop.mailbox import account_of
from shared.laptop.places import Laptop
from shared.laptop.stores import open_stores
from shared.messaging.findings import Finding, Report, diagnose
from shared.runtime.clock import utc_now
from shared.runtime.errors import InvalidInput, Unavailable
from shared.runtime.processes import SERVICES
from shared.runtime.settings import LAPTOP, CommonSettings

USAGE = 2
A_LOOK, A_DOCTOR = 30.0, 120.0  # seconds that a store's answer, and a doctor's beyond its patience, may take


def run(laptop: Laptop, acks: str | None, seconds: float, patience: float) -> int:
    """Print what each examination says, and what all of them come to."""
    try:
        acknowledged = read_acknowledged(Path(acks)) if acks else []
    except InvalidInput as error:
        print(error.message, file=sys.stderr)
        return USAGE
    if not supervision.is_up(laptop):
        raise Unavailable("Nothing is running here. Start the stack with make up, then audit it.")
    try:
        verdict, figures = audit(laptop, acknowledged, seconds, patience)
    except PyMongoError as error:
        raise Unavailable(f"A store does not answer ({type(error).__name__}): see make status.") from error
    for report in verdict.reports:
        print("\n".join(report.lines()))
    print(figures)
    print(verdict.line)
    return 0 if verdict.is_clean else 1


def audit(laptop: Laptop, acknowledged: Sequence[Acknowledged], seconds: float, patience: float) -> tuple[Verdict, str]:
    """The verdict, and the figures that /local/watch shows."""
    with open_stores(laptop, SERVICES, seconds=A_LOOK) as stores:
        left = settle(stores, utc_now, seconds)
    if left:
        words = ", ".join(f"{count} {what}" for what, count in left.items())
        print(f"still on their way after {seconds:.0f} s: {words}", flush=True)
    doctors = [_doctor(laptop, service, patience) for service in SERVICES]
    latest: list[Evidence] = []
    settings = CommonSettings(environment=LAPTOP, public_url=laptop.url, mongo_uri="", kafka_bootstrap=laptop.bootstrap)
    with open_stores(laptop, SERVICES, seconds=A_LOOK) as stores:

        def look() -> list[Finding]:
            latest[:] = [gather(stores, settings, acknowledged, account_of(laptop.mails), utc_now())]
            return [*cross(latest[0]), *compare_mails(latest[0])]

        crossed = diagnose(look, patience)
    evidence = latest[0]
    tally = evidence.tally
    figures = f"{tally.accepted} accepted, {len(tally.counted)} counted, {len(tally.waiting)} waiting"
    if acknowledged:
        figures = f"{len(acknowledged)} acknowledged, {figures}"
    return judge(doctors, crossed, {record.envelope.id for record in evidence.log if record.envelope}), figures


def _doctor(laptop: Laptop, service: str, patience: float) -> Report:
    """A service examined by its own command, with its own environment. Raises Unavailable when it says nothing."""
    process = services.start(laptop, service, ["doctor", "--json", "--patience", str(patience)], quiet=True)
    said = services.finish(process, f"python -m services.{service} doctor", patience + A_DOCTOR, good=(0, 1))
    try:
        return Report.from_json(json.loads(said.splitlines()[-1]))
    except (ValueError, IndexError, KeyError):
        raise Unavailable(f"{service}'s doctor says nothing that can be understood:\n{said}") from None
