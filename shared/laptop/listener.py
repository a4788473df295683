"""A supervisor event listener: `python listener.py PROGRAM COMMAND…` runs COMMAND once, and again whenever PROGRAM is running.

Run by its path, with nothing but the standard library: it waits for as long as the stack runs, in 10 MB where the command
takes 29. It speaks supervisord's protocol on stdin and stdout; what the command says goes to stderr.
"""

import subprocess
import sys


def main(arguments: list[str]) -> None:
    program, *command = arguments
    _run(command)
    while True:
        print("READY", flush=True)
        headline = sys.stdin.readline()
        if not headline:  # supervisord has ended
            return
        event = sys.stdin.read(int(_fields(headline)["len"]))
        if _fields(event).get("processname") == program:
            _run(command)
        print("RESULT 2\nOK", end="", flush=True)


def _run(command: list[str]) -> None:
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)


def _fields(line: str) -> dict[str, str]:
    """Of `name:value name:value …`."""
    return dict(word.split(":", 1) for word in line.split())


if __name__ == "__main__":
    main(sys.argv[1:])
