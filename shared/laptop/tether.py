"""Start a program so that it ends with its parent: `python tether.py SIGNAL ENVIRONMENT-FILE|- PROGRAM ARGUMENT…`

Run by its path, with nothing but the standard library, and gone once it has become the program. Linux sends SIGNAL when
the parent dies, so a supervisor that is killed leaves nothing behind. The environment file keeps secrets out of command
lines and of supervisord's configuration.
"""

import ctypes
import json
import os
import signal
import sys

_SIGNAL_WHEN_PARENT_DIES = 1  # PR_SET_PDEATHSIG


def tie(number: int) -> None:
    """Have Linux signal this process when its parent dies. Elsewhere `down` is the only way."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SIGNAL_WHEN_PARENT_DIES, number)


def main(arguments: list[str]) -> None:
    name, file, *command = arguments
    parent = os.getppid()
    tie(signal.Signals[name])
    if os.getppid() != parent:  # it died before the tie held
        sys.exit(1)
    environment = dict(os.environ)
    if file != "-":
        with open(file, encoding="utf-8") as source:
            given = json.load(source)
        environment = {key: value for key, value in environment.items() if key not in given["unset"]} | given["set"]
    os.execvpe(command[0], command, environment)  # noqa: S606 -- no shell is the point


if __name__ == "__main__":
    main(sys.argv[1:])
