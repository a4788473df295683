"""The hashed files that the build made, as templates name them: `asset("theme.css")` → `/static/theme-4f0c….css`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from shared.runtime.errors import SettingsError

DOOR = "door"
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Assets:
    """`files`: a file's name in the source → its hashed name in `folder`."""

    folder: Path
    files: Mapping[str, str]

    @classmethod
    def load(cls, build_dir: str | Path) -> Self:
        """Read the manifest. A process that starts before the build has run says so and ends."""
        path = Path(build_dir) / DOOR / MANIFEST
        try:
            files = json.loads(path.read_text(encoding="utf-8"))["files"]
        except FileNotFoundError:
            raise SettingsError([f"BUILD_DIR: {path} is missing: run `python -m shared.web.build` first"]) from None
        except (ValueError, KeyError, TypeError):
            raise SettingsError([f"BUILD_DIR: {path} is not a manifest: run `python -m shared.web.build` again"]) from None
        return cls(path.parent / "static", files)

    def url(self, name: str) -> str:
        """The address of a file. An unknown name is a mistake in a template."""
        return f"/static/{self.files[name]}"

    def text(self, name: str) -> str:
        """What is in a file: for the mark, which is drawn inside the page."""
        return (self.folder / self.files[name]).read_text(encoding="utf-8")
