"""A worker that asks nobody: `python -m tests.faults.lawless pledge|notify` is that service's worker without its lease.

The lease saves work and guarantees nothing. So it may be taken away altogether, and several of these at once must do no harm.
"""

import sys

from services.notify.clock import DUE as NOTIFY_DUE
from services.notify.settings import Settings as NotifySettings
from services.notify.store import Contact, rows_of
from services.pledge.clock import DUE as PLEDGE_DUE
from services.pledge.settings import Settings as PledgeSettings
from services.pledge.store import pledges
from shared.messaging.background import make_relay
from shared.messaging.work import run_loop, start_work
from shared.runtime.due import Schedule
from shared.runtime.settings import load_or_exit


def pledge() -> None:
    work = start_work(load_or_exit(PledgeSettings))
    run_loop(work.settings, "worker", [make_relay(work, [pledges()]).step, Schedule(PLEDGE_DUE, work, work.clock).step])


def notify() -> None:
    work = start_work(load_or_exit(NotifySettings))
    run_loop(work.settings, "worker", [make_relay(work, [rows_of(Contact)]).step, Schedule(NOTIFY_DUE, work, work.clock).step])


if __name__ == "__main__":
    {"pledge": pledge, "notify": notify}[sys.argv[1]]()
