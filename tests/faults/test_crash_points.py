"""A short selection of `make faults`: each kind of process is killed once, where it costs most, while people pledge."""

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest

from shared.laptop.places import Laptop
from shared.runtime.crash_points import POINTS
from tests.faults.evenings import Evenings
from tests.faults.load import Load
from tests.faults.mails import Mails
from tests.faults.rig import Rig, standing
from tests.faults.run import catch_up, choose, die_once
from tests.faults.scenes import SCENES, SELECTION, Together
from tests.faults.table import rows_of
from tests.faults.verdict import Verdict, judge
from tests.support.fleet import a_base

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]


@dataclass
class Trial:
    """One stack and its people; `last`: what was found so far."""

    rig: Rig
    load: Load
    last: Verdict


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    laptop = Laptop.load({**os.environ, "PORT": str(a_base()), "DEMO": "0"}, str(tmp_path_factory.mktemp("faults") / "stack"))
    url = f"http://127.0.0.1:{laptop.port}"
    with standing(laptop) as rig, closing(Evenings(laptop, url)) as evenings:
        yield Trial(rig, Load(url, Mails(laptop.mails), evenings), Verdict())


def test_every_point_is_tried() -> None:
    """Each named point is somebody's death in `make faults`, and what is tried here is tried there too."""
    everything = [scene for together in SCENES for scene in together]
    assert {scene.point for scene in everything} == set(POINTS)
    assert len(everything) == len(set(everything))
    assert {scene for together in SELECTION for scene in together} <= set(everything)


@pytest.mark.proof
@pytest.mark.parametrize("together", SELECTION, ids=lambda together: " and ".join(scene.name for scene in together))
def test_nothing_is_lost_or_doubled(trial: Trial, together: Together) -> None:
    """What people were told is so, counted once; a first mail comes twice at most in its window, a nudge never."""
    choose(trial.rig, together)
    die_once(trial.rig, together, trial.load, people=20)
    catch_up(trial.rig, nudges=True)
    before, trial.last = trial.last, judge(trial.rig, trial.load)
    rows = rows_of(together, 1, trial.last.since(before), 0)
    assert [row.findings for row in rows] == [[] for _ in together], trial.last.line
    assert trial.last.line == "0 lost, 0 doubled"
