"""Files that pages link to, under an address that changes whenever any of them does: they may be cached for ever.

The address carries one digest of the whole folder, not one a file, so that a script's relative imports change with it.
"""

import hashlib
from pathlib import Path

from cara.errors import Misconfigured

FOLDER = Path(__file__).parent / "static"
CACHE_CONTROL = "public, max-age=31536000, immutable"
NEEDED = ("cara.css", "cara.js", "supported.js", "vendor/govuk-frontend.min.css", "vendor/govuk-frontend.min.js")


class Static:
    """The static files as they stand now. `mount` is the path to serve `folder` at."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder
        files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
        self._names = {path.relative_to(folder).as_posix() for path in files}
        digest = hashlib.sha256()
        for path in files:
            digest.update(f"{path.relative_to(folder).as_posix()}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
        self.mount = f"/static/{digest.hexdigest()[:16]}"

    def url(self, name: str) -> str:
        """The address of one file; raises `Misconfigured` for one that is not there."""
        if name not in self._names:
            raise Misconfigured(f"The page file {name} is missing. Run `cara assets`, then start again.")
        return f"{self.mount}/{name}"

    def check(self) -> None:
        """Raise `Misconfigured` unless every file that the layout needs is there."""
        for name in NEEDED:
            self.url(name)
