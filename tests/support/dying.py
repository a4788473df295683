"""A death at a named crash point inside a test's own process: the operating system's kill is what is replaced, nothing of ours.

with dying_at("places.after-decision"):
    sign_ups.ask(…)
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from shared.runtime.crash_points import arm


class Died(BaseException):
    """No handler of ours may catch it, as none could catch the real one."""


def _die(_process: int, _number: int) -> None:
    raise Died


@contextmanager
def dying_at(point: str) -> Iterator[None]:
    """Inside, whoever reaches `point` first stops there and goes no further; nobody need reach it. "": nobody dies."""
    with TemporaryDirectory() as folder, patch.object(os, "kill", _die):
        arm(point, str(Path(folder) / "mark"))
        try:
            yield
        except Died:
            pass
        finally:
            arm("", "")
