"""`python -m shared.laptop up|run|down|status|audit|serve|command …`: the whole product on one machine, with real engines.

PORT (8000) is the front door's; DATA_DIR (var/laptop) keeps everything; DEMO=0 starts without demo pledges.
"""

import argparse
import os
import sys
from collections.abc import Callable
from pkgutil import resolve_name

from shared.laptop import republisher, services, stack
from shared.laptop.places import Laptop
from shared.laptop.programs import REPUBLISHER
from shared.runtime.errors import CollaborationError
from shared.runtime.processes import SERVICES

AUDIT = "audit"
_AUDIT = (
    "Answers (--acks), documents, archives, every record on Kafka, counted rows, totals, contacts, the ledger and the mails received: "
    "each is compared with the next. Changes nothing, and may run while people pledge. "
    "The last line is “0 lost, 0 doubled”, exit code 0; or the numbers, exit code 1, each named above. "
    "Exit code 2: the command line is wrong."
)


def main(arguments: list[str]) -> int:
    """Returns the exit code. What went wrong is one clear line."""
    given = _parser().parse_args(arguments)
    try:
        laptop = Laptop.load(os.environ, given.data)
        return _do(given, laptop)
    except CollaborationError as error:
        print(error.message, file=sys.stderr, flush=True)
        return 1


def _do(given: argparse.Namespace, laptop: Laptop) -> int:
    if given.verb == "status":
        return stack.status(laptop)
    if given.verb == AUDIT:
        begin: Callable[..., int] = resolve_name("shared.laptop.audit.command:run")
        return begin(laptop, given.acks, given.settle, given.patience)
    if given.verb == "command":
        return services.start(laptop, given.service, given.arguments).wait()
    {"up": stack.up, "run": stack.run, "down": stack.down, "serve": _become_server, REPUBLISHER: republisher.look}[given.verb](laptop)
    return 0


def _become_server(laptop: Laptop) -> None:
    """A program of its own: the one that stays under `make run` needs no web framework in its memory."""
    os.execv(sys.executable, [sys.executable, "-m", "shared.laptop.serve", str(laptop.data)])  # noqa: S606 -- no shell is the point


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m shared.laptop", description=__doc__)
    parser.add_argument("--data", metavar="DIR", help="where the stack keeps everything (DATA_DIR)")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    verbs.add_parser("up", help="start everything in the background; returns when it is ready")
    verbs.add_parser("run", help="start everything and stay; Ctrl-C stops it")
    verbs.add_parser("down", help="stop everything; the data stays")
    verbs.add_parser("status", help="list the programs")
    audit = verbs.add_parser(AUDIT, help="is anything lost or doubled? Compares everything with everything, and names each difference")
    audit.description = _AUDIT
    audit.add_argument("--acks", metavar="FILE", help="what a load driver was answered: a JSON object a line, with id, reference or both")
    audit.add_argument("--settle", metavar="SECONDS", type=float, default=15.0, help="wait so long for what is on its way (15)")
    audit.add_argument("--patience", metavar="SECONDS", type=float, default=10.0, help="look again so long at what seems wrong (10)")
    command = verbs.add_parser("command", help="run a service's command inside the stack: command notify dead-letters list")
    command.add_argument("service", choices=SERVICES)
    command.add_argument("arguments", nargs=argparse.REMAINDER)
    verbs.add_parser("serve", help="the mail catcher and /local/* (supervisord starts it)")
    verbs.add_parser(REPUBLISHER, help="fills the broker's log again when it was restarted (supervisord's listener runs it)")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
