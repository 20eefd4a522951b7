"""Reading a records system's export: bytes in, rows and findings out. Nothing here knows of a database or a session.

files    bytes → text: which encoding, and what is no CSV at all
records  text → records: delimiter, quotes, true line numbers
columns  header → which cell is which answer
tables   the three above as one: an open file with its header understood
fields   cell → answer, or a fault
rows     the reader: an `Export` of `ImportedRow` and `RejectedRow`
plan     what to do with each row: accepted, rejected or duplicate, counted
findings what is wrong, as codes and messages without anybody's data
downloads the findings, and the rejected rows, as files to mend and send again
"""

from cara.referrals.importing.columns import COLUMNS
from cara.referrals.importing.downloads import findings_csv, rejected_csv
from cara.referrals.importing.findings import Finding
from cara.referrals.importing.plan import Plan
from cara.referrals.importing.rows import Export, Identity, ImportedRow, RejectedRow, read_export

__all__ = [
    "COLUMNS",
    "Export",
    "Finding",
    "Identity",
    "ImportedRow",
    "Plan",
    "RejectedRow",
    "findings_csv",
    "read_export",
    "rejected_csv",
]
