"""The stack's verbs: up, run, down, status. Each prints what it does; a problem is one clear line and nothing is left running."""

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType

from shared.laptop import checks, demo_people, republisher, services, supervision
from shared.laptop.environment import write_environments, write_private
from shared.laptop.places import BROKER, DOOR, MAIL, SERVE, Laptop, store_of
from shared.laptop.programs import APP, ENGINES, REPUBLISHER, WORKERS, door, supervisord_conf
from shared.runtime.clock import utc_now
from shared.runtime.errors import Conflict, Unavailable
from shared.runtime.processes import PROCESSES, SERVICES
from shared.web.assets import MANIFEST

_ENGINES_WITHIN, _READY_WITHIN, _DEMO_WITHIN = 60.0, 120.0, 300.0


class Stopped(Exception):
    """Ctrl-C, a closed terminal or SIGTERM."""


def up(laptop: Laptop) -> None:
    """Start everything and return when it is ready."""
    if supervision.is_up(laptop):
        print(f"It is running already: {laptop.url} (make down stops it)")
        return
    _start(laptop, tied=False)


def run(laptop: Laptop) -> None:
    """Start everything, stay until Ctrl-C, then stop everything."""
    if supervision.is_up(laptop):
        raise Conflict(f"It is running already: {laptop.url}. Stop it with make down, or choose another place with PORT=… DATA_DIR=…")
    with _signals_stop():
        try:
            supervisor = _start(laptop, tied=True)
            print("Ctrl-C stops everything; what you did here is kept for the next time.", flush=True)
            supervisor.wait()
            raise Unavailable(f"supervisord ended: see {laptop.log('supervisord')}")
        except Stopped:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave half of it running
            print()
            if supervision.is_up(laptop):
                down(laptop)


def down(laptop: Laptop) -> None:
    """Stop everything; the data stays."""
    started = time.monotonic()
    if not supervision.is_up(laptop):
        print("Nothing is running.")
        return
    print("Stopping …", end=" ", flush=True)
    supervision.stop(laptop)
    print(f"stopped in {time.monotonic() - started:.1f} s.")


def status(laptop: Laptop) -> int:
    """Print every program; returns how many do not run."""
    if not supervision.is_up(laptop):
        print("Nothing is running.")
        return 1
    now = int(utc_now().timestamp())
    found = supervision.states(laptop)
    for state in found:
        port = laptop.ports.get(state.name, "")
        since = f"{now - state.started} s" if state.runs else ""
        print(f"{state.name:16} {state.state.lower():9} {state.process_id or '':>8} {port:>6} {since:>8}")
    return sum(1 for state in found if not state.runs)


def _start(laptop: Laptop, *, tied: bool) -> "subprocess.Popen[bytes]":
    is_new = not laptop.configuration.exists()
    _prepare_files(laptop)
    with _alone(laptop):
        if port := checks.taken(laptop.ports.values()):
            who = checks.holder(port)
            raise Conflict(f"Port {port} is taken{f' (by {who})' if who else ''}: stop it or choose another with PORT=…")
        started = time.monotonic()
        supervisor = supervision.start(laptop, tied=tied)
        try:
            _start_in_order(laptop, is_new=is_new)
            print(f"Ready in {time.monotonic() - started:.1f} s.", flush=True)
            _show_links(laptop)
            _make_demo(laptop)
            _show_people(laptop)
        except BaseException:
            supervision.stop(laptop)
            raise
        return supervisor


def _prepare_files(laptop: Laptop) -> None:
    if not (laptop.build / DOOR / MANIFEST).exists():
        raise Unavailable(f"{laptop.build} has no front door yet: run make setup first")
    for folder in ("logs", "stores", "mail"):
        (laptop.data / folder).mkdir(parents=True, exist_ok=True)
    laptop.data.chmod(0o700)
    for service in SERVICES:
        (laptop.data / "stores" / service).mkdir(exist_ok=True)
    write_environments(laptop, os.environ)
    write_private(laptop.door_file, door(laptop))
    write_private(laptop.configuration, supervisord_conf(laptop))


@contextmanager
def _alone(laptop: Laptop) -> Iterator[None]:
    """Two starts at the same moment: the second is told."""
    with (laptop.data / "starting").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict("It is being started already, by another command") from None
        yield


def _start_in_order(laptop: Laptop, *, is_new: bool) -> None:
    """`is_new`: its stores are empty, so there is nothing to fill the broker's log with."""
    ports = laptop.ports
    with _told("Engines: a Kafka broker and three stores"):
        engines = [BROKER, *map(store_of, SERVICES)]
        supervision.start_programs(laptop, ENGINES, engines)
        checks.wait_for({name: _answers(ports[name]) for name in engines}, _ENGINES_WITHIN, _nobody_gave_up(laptop))
    with _told("Topics and indexes"):
        services.run_all(laptop, SERVICES, "prepare")
        republisher.mark(laptop)
    with _told(f"{len(PROCESSES)} processes, the front door and the mail catcher"):
        app = [*(process.name for process in PROCESSES), SERVE, DOOR]
        supervision.start_programs(laptop, APP, [name for name in app if name not in WORKERS.values()])
        if not is_new:
            services.run_all(laptop, SERVICES, "republish")  # before the workers, which keep the lease that it needs
        supervision.start_programs(laptop, APP, WORKERS.values())
        probes = {process.name: _ready(ports[process.name]) for process in PROCESSES}
        listening = {name: _answers(ports[name]) for name in (DOOR, SERVE, MAIL)}
        checks.wait_for({**probes, **listening}, _READY_WITHIN, _nobody_gave_up(laptop))
    supervision.start_programs(laptop, REPUBLISHER, [REPUBLISHER])


def _make_demo(laptop: Laptop) -> None:
    if laptop.demo and not laptop.has_demo.exists():
        said = "Demo data: pledges of eight weeks, what groups post for the next four (DEMO=0 starts without)"
        with _told(said), ExitStack() as stack:
            pledges = services.start(laptop, "pledge", ["demo"], quiet=True)
            stack.callback(services.end, pledges)
            posts = services.start(laptop, "events", ["demo", *demo_people.refs(laptop)], quiet=True)
            stack.callback(services.end, posts)
            services.finish(posts, "python -m services.events demo", _DEMO_WITHIN)
            services.finish(pledges, "python -m services.pledge demo", _DEMO_WITHIN)
        laptop.has_demo.touch()


def _answers(port: int) -> Callable[[], bool]:
    return lambda: checks.answers(port)


def _ready(port: int) -> Callable[[], bool]:
    return lambda: checks.ready(port)


def _nobody_gave_up(laptop: Laptop) -> Callable[[], None]:
    def look() -> None:
        for state in supervision.states(laptop):
            if state.given_up or state.state == "BACKOFF":
                log = laptop.log(state.name)
                last = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-12:]) if log.exists() else ""
                raise Unavailable(f"{state.name} does not start: see {log}\n{last}")

    return look


@contextmanager
def _told(what: str) -> Iterator[None]:
    started = time.monotonic()
    print(f"  {what} …", end=" ", flush=True)
    try:
        yield
    except BaseException:
        print(flush=True)
        raise
    print(f"{time.monotonic() - started:.1f} s", flush=True)


@contextmanager
def _signals_stop() -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise Stopped

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    yield


def _show_links(laptop: Laptop) -> None:
    rows = [
        ("Make a pledge", "/"),
        ("What’s on", "/whats-on"),
        ("What London has done", "/progress"),
        ("The mails that were sent", "/local/mail"),
        ("Watch it happen", "/local/watch"),
        ("The JSON API", "/api"),
    ]
    print()
    for words, path in rows:
        print(f"  {words:26} {laptop.url}{path}")
    print(flush=True)


def _show_people(laptop: Laptop) -> None:
    if not laptop.demo:
        return
    print("For staff, and for somebody who posts for two groups; each link works once, for an hour:")
    for words, link in demo_people.links(laptop):
        print(f"  {words:26} {link}")
    print(flush=True)
