"""Stop a process and let it go on again: `python guardian.py PROCESS-ID SECONDS`

Run by its path, with nothing but the standard library, in a session of its own: it lets the process go on even when
whoever asked for the stop has died meanwhile. It says "stopped" once, and ends at once when the process has ended.
"""

import os
import signal
import sys
import time

LOOK_EVERY = 0.1


def main(arguments: list[str]) -> int:
    process_id, seconds = int(arguments[0]), float(arguments[1])
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _end)
    try:
        os.kill(process_id, signal.SIGSTOP)
        sys.stdout.write("stopped\n")
        sys.stdout.close()  # whoever asked may be gone before the end
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            os.kill(process_id, 0)
            time.sleep(min(left, LOOK_EVERY))
    except ProcessLookupError:
        return 1
    finally:
        go_on(process_id)
    return 0


def go_on(process_id: int) -> None:
    """Harmless for a process that is not stopped."""
    try:
        os.kill(process_id, signal.SIGCONT)
    except ProcessLookupError:
        return


def _end(_number: int, _frame: object) -> None:
    raise SystemExit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
