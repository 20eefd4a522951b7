"""What to do with each row of an export: accept it, reject it, or leave it as a repeat of what is already there."""

import hashlib
from collections.abc import Callable, Iterator

from cara.features.referrals.csv_import.errors import Finding, finding
from cara.features.referrals.csv_import.row_reader import Export, Identity, ImportedRow, RejectedRow

MOST_FINDINGS = 200_000

Known = Callable[[Identity], str | None]
"""The fingerprint under which an identity was imported before into this force; empty for a case that an officer typed,
None for one that is not there."""


class Plan:
    """A dry run and a real one alike: iterate to get the accepted rows one by one, in file order; whoever iterates
    makes drafts of them, or does not.

    The counts and findings are complete when the iteration is. A row equal to one accepted before, in this file or an
    earlier one, is a duplicate; so is one with the same identity and other answers, and one that an officer typed, which are also reported.
    """

    def __init__(self, export: Export, known: Known) -> None:
        self.accepted = self.rejected = self.duplicates = 0
        self.findings: list[Finding] = list(export.notices)
        self._rows = export.rows
        self._known = known
        self._seen: dict[bytes, bytes] = {}

    @property
    def read(self) -> int:
        """Rows that are not blank."""
        return self.accepted + self.rejected + self.duplicates

    def __iter__(self) -> Iterator[ImportedRow]:
        for row in self._rows:
            if isinstance(row, RejectedRow):
                self.rejected += 1
                self._report(*row.findings)
            elif self._is_new(row):
                self.accepted += 1
                yield row
            else:
                self.duplicates += 1

    def run(self) -> "Plan":
        """Read to the end without keeping a row: a dry run."""
        for _ in self:
            pass
        return self

    def answer(self) -> dict[str, object]:
        """The counts and findings as commands and the API give them."""
        return {
            "read": self.read,
            "accepted": self.accepted,
            "rejected": self.rejected,
            "duplicates": self.duplicates,
            "findings": [
                {"row": each.row, "field": each.field, "code": each.code, "message": each.message}
                for each in self.findings
            ],
        }

    def _is_new(self, row: ImportedRow) -> bool:
        # Hashes, because a hundred thousand rows must not be kept.
        identity = hashlib.blake2b("\0".join(row.identity).encode(), digest_size=16).digest()
        fingerprint = row.fingerprint
        before = self._seen.get(identity)
        if before is None and (stored := self._known(row.identity)) is not None:
            before = self._seen[identity] = _short(stored) if stored else b""
        if before is None:
            self._seen[identity] = _short(fingerprint)
            return True
        if before != _short(fingerprint):
            self._report(finding(row.line, "", "changed_repeat" if before else "typed_here"))
        return False

    def _report(self, *found: Finding) -> None:
        room = MOST_FINDINGS - len(self.findings)
        if room > 0:
            self.findings += found[:room]
            if len(found) >= room:
                self.findings.append(finding(found[-1].row, "", "more_findings"))


def _short(fingerprint: str) -> bytes:
    return hashlib.blake2b(fingerprint.encode(), digest_size=16).digest()
