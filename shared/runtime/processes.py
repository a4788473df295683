"""The table of processes: one of the two tables that rule the topology (the other is shared/web/routes.py).

Data only. The laptop's supervisor configuration, compose and Kubernetes are generated from it or compared with it,
and each service's `__main__` is compared by a test. Every process is `python -m services.<service> <command>`.
"""

from dataclasses import dataclass

SERVICES = ("pledge", "events", "notify")


@dataclass(frozen=True)
class Process:
    """`offset`: added to PORT_BASE gives its port (pages for an api, probes and metrics for the others).

    `needs`: what it connects to: store, broker, mail.
    """

    service: str
    command: str
    offset: int
    needs: tuple[str, ...]
    about: str

    @property
    def name(self) -> str:
        return f"{self.service}-{self.command}"


PROCESSES = (
    Process("pledge", "api", 1, ("store",), "pages and JSON of pledges and the campaign"),
    Process("pledge", "worker", 11, ("store", "broker"), "publishes what is pending, does what is due"),
    Process("pledge", "consumer", 12, ("store", "broker"), "counts, and hears what became of each contact"),
    Process("events", "api", 2, ("store",), "pages and JSON of groups, initiatives and events"),
    Process("events", "worker", 21, ("store", "broker"), "publishes what is pending, does what is due"),
    Process("events", "consumer", 22, ("store", "broker"), "hears what became of each contact"),
    Process("notify", "api", 3, ("store",), "pages behind mailed links"),
    Process("notify", "worker", 31, ("store", "broker"), "publishes what is pending, plans what is due"),
    Process("notify", "consumer", 32, ("store", "broker"), "takes addresses in, plans mails"),
    Process("notify", "sender", 33, ("store", "mail"), "sends what the ledger says is due"),
)


def processes_of(service: str) -> tuple[Process, ...]:
    return tuple(process for process in PROCESSES if process.service == service)


def find(service: str, command: str) -> Process:
    return next(process for process in PROCESSES if (process.service, process.command) == (service, command))
