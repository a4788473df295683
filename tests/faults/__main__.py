"""`make faults`, or `python -m tests.faults [WORD …] [--runs N]`: every crash point five times, on a stack of its own.

PORT (8600) is its front door's. WORD: only the points whose line holds it, as relay or notify-sender. Everything lies in
var/faults: the stack's data and logs, and what people were answered (acknowledged.jsonl, as the auditor reads it).
Exit codes: 0 nothing is lost or doubled; 1 something is, and is named, or a point could not be tried; 2 the command line is wrong.
"""

import argparse
import fcntl
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from types import FrameType

from shared.laptop.places import REPOSITORY, Laptop
from shared.runtime.errors import CollaborationError, Conflict
from tests.faults.evenings import Evenings
from tests.faults.load import Load
from tests.faults.mails import Mails
from tests.faults.rig import Rig, standing
from tests.faults.run import catch_up, choose, die_once
from tests.faults.scenes import Together, chosen
from tests.faults.table import HEAD, Row, rows_of
from tests.faults.verdict import Verdict, judge

FOLDER = REPOSITORY / "var" / "faults"
PORT = "8600"
MOST_NAMED = 20


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Returns the exit code. What went wrong is one clear line."""
    given = _parser().parse_args(arguments)
    scenes = chosen(given.words)
    if not scenes:
        print(f"No point's line holds {' or '.join(given.words)}.", file=sys.stderr)
        return 2
    try:
        with _alone(given.folder), _signals_stop():
            laptop = Laptop.load({**environ, "PORT": environ.get("PORT", PORT), "DEMO": "0"}, str(given.folder / "stack"))
            shutil.rmtree(laptop.data, ignore_errors=True)
            return _all(laptop, scenes, given.runs)
    except CollaborationError as error:
        print(error.message, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; nothing is left running.", file=sys.stderr)
        return 130


def _all(laptop: Laptop, scenes: Sequence[Together], runs: int) -> int:
    began = time.monotonic()
    print(f"Starting a stack at {laptop.url} …", flush=True)
    with standing(laptop) as rig, ExitStack() as stack:
        mails = Mails(laptop.mails)
        url = f"http://127.0.0.1:{laptop.port}"
        load = Load(url, mails, stack.enter_context(closing(Evenings(laptop, url))))
        print(f"Ready in {time.monotonic() - began:.0f} s. Each point {runs} times:\n\n{HEAD}", flush=True)
        rows = []
        before = Verdict()
        for together in scenes:
            try:
                before, found = _one(rig, together, runs, load, before)
            except AssertionError as error:  # it was not tried, or never ended: nothing after it would be worth much
                new = judge(rig, load).since(before)
                print(f"\n{error}\nThe auditor: {new.line}\nThe logs are in {laptop.data / 'logs'}.", file=sys.stderr)
                _name([*new.lost, *new.doubled])
                return 1
            finally:
                _keep(load, laptop.data.parent / "acknowledged.jsonl")
            rows += found
            print("\n".join(row.line for row in found), flush=True)
            _name([words for row in found for words in row.findings])
    return _sum_up(rows, load, before, time.monotonic() - began)


def _name(findings: Sequence[str]) -> None:
    each = sorted(set(findings))
    for words in [*each[:MOST_NAMED], *([f"and {len(each) - MOST_NAMED} more"] if len(each) > MOST_NAMED else [])]:
        print(f"    {words}", flush=True)


def _one(rig: Rig, together: Together, runs: int, load: Load, before: Verdict) -> tuple[Verdict, list[Row]]:
    began = time.monotonic()
    choose(rig, together)
    for _ in range(runs):
        die_once(rig, together, load)
    catch_up(rig, nudges=True)
    now = judge(rig, load)
    return now, rows_of(together, runs, now.since(before), time.monotonic() - began)


def _sum_up(rows: Sequence[Row], load: Load, last: Verdict, seconds: float) -> int:
    wrong = sorted({words for row in rows for words in row.findings})
    deaths, again = sum(row.runs for row in rows), sum(row.again for row in rows)
    people, repeats = f"{len(load.people)} pledges, {len(load.evenings.past)} groups", load.repeats + load.evenings.repeats
    print(f"\n{people}, {deaths} deaths, {repeats} requests sent again, {again} first mails twice, {seconds:.0f} s")
    print(f"The auditor: {last.line}", flush=True)
    return 1 if wrong else 0


def _keep(load: Load, file: Path) -> None:
    """What people were answered, for whoever asks the auditor again."""
    lines = (json.dumps({"id": person.id, "reference": person.reference, "at": person.at, "key": person.key}) for person in load.people)
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two at the same time would end each other's processes: the second is told."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise Conflict(f"The faults are being run already, by process {lock.read().strip()}: wait for it, or stop it.") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


@contextmanager
def _signals_stop() -> Iterator[None]:
    """A closed terminal and SIGTERM end it as Ctrl-C does."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # a second one must not leave half of it running
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    yield


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("words", nargs="*", metavar="WORD")
    parser.add_argument("--folder", type=Path, default=FOLDER, metavar="DIR", help="where everything lies (var/faults)")
    parser.add_argument("--runs", type=_positive, default=5, metavar="N", help="how often each point (5)")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
