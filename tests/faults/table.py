"""Point × runs × lost × doubled × duplicate mails, a line each."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.faults.scenes import Scene, Together
from tests.faults.verdict import Verdict

COLUMNS = ("point", "process", "mail", "runs", "lost", "doubled", "twice", "unknown", "s")
_WIDTHS = (25, 16, 7, 5, 5, 8, 6, 8, 4)
HEAD = "".join(
    f"{title:<{width}}" if place < 3 else f"{title:>{width}}" for place, (title, width) in enumerate(zip(COLUMNS, _WIDTHS, strict=True))
)


@dataclass(frozen=True)
class Row:
    """`lost`, `doubled`: in words; of two that died together both have them. `again`, `unknown`: mails. `seconds`: of both."""

    scene: Scene
    runs: int
    lost: Sequence[str]
    doubled: Sequence[str]
    again: int
    unknown: int
    seconds: float

    @property
    def findings(self) -> list[str]:
        return [*self.lost, *self.doubled]

    @property
    def line(self) -> str:
        scene = self.scene
        told = (
            scene.point,
            scene.program,
            scene.mail,
            self.runs,
            len(self.lost),
            len(self.doubled),
            self.again,
            self.unknown,
            f"{self.seconds:.0f}",
        )
        return "".join(
            f"{each:<{width}}" if place < 3 else f"{each:>{width}}" for place, (each, width) in enumerate(zip(told, _WIDTHS, strict=True))
        )


def rows_of(together: Together, runs: int, new: Verdict, seconds: float) -> list[Row]:
    """A first mail may come twice once a death in the one window, a nudge be unknown once a death: more than that is a finding."""
    doubled, lost = sorted(new.doubled), sorted(new.lost)
    if len(new.again) > runs * any(scene.may_double_a_mail for scene in together):
        doubled += (f"mail {id_} came twice, outside the window or more than once a death" for id_ in sorted(new.again))
    if len(new.unknown) > runs * any(scene.may_leave_unknown for scene in together):
        lost += (f"{mail} is unknown, and no sender died over it" for mail in sorted(new.unknown))
    return [
        Row(
            scene,
            runs,
            lost,
            doubled,
            again=len(new.again) if scene.may_double_a_mail else 0,
            unknown=len(new.unknown) if scene.may_leave_unknown else 0,
            seconds=seconds,
        )
        for scene in together
    ]
