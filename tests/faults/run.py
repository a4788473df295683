"""One run: arm, let people pledge or post, wait until the processes have died and everything has caught up."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.faults.load import Load
from tests.faults.rig import Rig
from tests.faults.scenes import ONCE, Together, of_events, of_people
from tests.faults.settled import unfinished

PEOPLE, MORE = 32, 4  # 13 times 5 times 32 are 2,080 pledges
DIES_WITHIN, CATCHES_UP_WITHIN = 60.0, 90.0
PATIENCE, FOR_A_NUDGE = 1.5, 8.0  # seconds before more people come; nudges are planned every five


class NeverThere(AssertionError):
    """A process did not come to its point, so nothing was tried."""


class NeverDone(AssertionError):
    """Something was still on its way long after the fresh processes were there."""


@dataclass(frozen=True)
class Took:
    """Seconds: to the last death, from there until nothing was on its way."""

    death: float
    recovery: float


def choose(rig: Rig, scenes: Together) -> None:
    """Start each with its point, which it passes by until it is armed."""
    for scene in scenes:
        rig.choose(scene)


def die_once(rig: Rig, scenes: Together, load: Load, people: int = PEOPLE) -> Took:
    """They have been chosen; afterwards fresh ones are there and have caught up."""
    if any(scene.mail == ONCE for scene in scenes):  # the first mails must be gone, or it would die over one of those
        new = load.pledge(people)
        catch_up(rig)
        _arm(rig, scenes)
        began = time.monotonic()
        load.confirm(new)
    else:
        _arm(rig, scenes)
        began = time.monotonic()
        _act(scenes, load, people)
    _until_dead(rig, scenes, load)
    died = time.monotonic()
    _until_back(rig, scenes)
    catch_up(rig, nudges=any(scene.minds_nudges for scene in scenes))
    return Took(died - began, time.monotonic() - died)


def _act(scenes: Together, load: Load, people: int) -> None:
    """So many people pledge, and one group's evening passes: whichever somebody is to die under, both at once."""
    with ThreadPoolExecutor(1) as beside:
        evening = beside.submit(load.evenings.spend) if of_events(scenes) else None
        if of_people(scenes):
            load.confirm(load.pledge(people))
        if evening:
            evening.result()


def catch_up(rig: Rig, *, nudges: bool = False) -> None:
    """Wait until nothing is on its way. Raises NeverDone naming what is."""
    until = time.monotonic() + CATCHES_UP_WITHIN
    while what := unfinished(rig, nudges=nudges):
        if time.monotonic() > until:
            raise NeverDone(f"still on the way after {CATCHES_UP_WITHIN:.0f} s: {what}")
        time.sleep(0.1)


def _arm(rig: Rig, scenes: Together) -> None:
    for scene in scenes:
        rig.arm(scene)


def _until_dead(rig: Rig, scenes: Together, load: Load) -> None:
    """A point that these people have not led to may need another moment, or other neighbours: some more come."""
    now = time.monotonic()
    until, patience = now + DIES_WITHIN, now + (FOR_A_NUDGE if any(scene.minds_nudges for scene in scenes) else PATIENCE)
    while alive := [scene for scene in scenes if not rig.has_died(scene)]:
        if time.monotonic() > until:
            raise NeverThere(f"{alive[0].name}: not reached within {DIES_WITHIN:.0f} s")
        if time.monotonic() > patience and not any(scene.mail == ONCE for scene in scenes):
            _act(alive, load, MORE)
        time.sleep(0.05)


def _until_back(rig: Rig, scenes: Together) -> None:
    until = time.monotonic() + CATCHES_UP_WITHIN
    while missing := [scene for scene in scenes if not rig.is_back(scene)]:
        if time.monotonic() > until:
            raise NeverDone(f"{missing[0].name}: no fresh process after {CATCHES_UP_WITHIN:.0f} s")
        time.sleep(0.05)
