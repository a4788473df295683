"""What the stack costs while nobody asks for anything: `python -m tests.bench.idle [SECONDS]`, for the stack of PORT and DATA_DIR.

Prints memory (resident, and proportional: shared pages divided among those who share them) and CPU for each program.
"""

import os
import sys
import time
from pathlib import Path

from shared.laptop.places import Laptop

TICK = os.sysconf("SC_CLK_TCK")


def programs(laptop: Laptop) -> dict[int, str]:
    """Process id → a short name, for every process of this stack."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().split(b"\0")
            surroundings = (folder / "environ").read_bytes()
        except OSError:
            continue
        words = [word.decode(errors="replace") for word in command if word]
        if words and int(folder.name) != os.getpid() and str(laptop.data) in " ".join(words) + surroundings.decode(errors="replace"):
            found[int(folder.name)] = _name(words)
    return found


def _name(words: list[str]) -> str:
    module = next((words[place + 1] for place, word in enumerate(words[:-1]) if word == "-m"), None)
    if "--storage-path" in words:
        return f"store of {Path(words[words.index('--storage-path') + 1]).name}"
    if module and module.startswith("services."):
        return f"{module.removeprefix('services.')} {words[-1]}"
    return module or Path(next((word for word in words if "python" not in Path(word).name), words[0])).name


def seconds_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory_of(pid: int) -> tuple[float, float]:
    """Resident and proportional megabytes."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    sizes = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines if line.endswith("kB")}
    return sizes["Rss"], sizes["Pss"]


def measure(laptop: Laptop, seconds: float) -> None:
    found = programs(laptop)
    before = {pid: seconds_of(pid) for pid in found}
    time.sleep(seconds)
    stayed = [pid for pid in before if Path(f"/proc/{pid}").exists()]  # a command may have come and gone
    rows = [(found[pid], *memory_of(pid), (seconds_of(pid) - before[pid]) / seconds * 100) for pid in stayed]
    rows.sort(key=lambda row: -row[1])
    print(f"{'program':28} {'RSS MB':>8} {'PSS MB':>8} {'CPU %':>7}   over {seconds:.0f} s")
    for name, resident, proportional, share in rows:
        print(f"{name[:28]:28} {resident:8.0f} {proportional:8.0f} {share:7.2f}")
    _, *columns = zip(*rows, strict=True)
    resident, proportional, share = (sum(column) for column in columns)
    print(f"{f'{len(rows)} processes':28} {resident:8.0f} {proportional:8.0f} {share:7.2f}")


if __name__ == "__main__":
    measure(Laptop.load(os.environ), float(sys.argv[1]) if len(sys.argv) > 1 else 30)
