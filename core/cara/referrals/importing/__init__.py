"""Reading a records system's export, and making drafts of its rows. Only the last block knows of a database.

files    bytes → text: which encoding, and what is no CSV at all
records  text → records: delimiter, quotes, true line numbers
columns  header → which cell is which answer
tables   the three above as one: an open file with its header understood
fields   cell → answer, or a fault
rows     the reader: an `Export` of `ImportedRow` and `RejectedRow`
plan     what to do with each row: accepted, rejected or duplicate, counted
findings what is wrong, as codes and messages without anybody's data
downloads the findings, and the rejected rows, as files to mend and send again

answers  a row's answers → a draft's, and the steps that they complete
actions  try an export, or import it: all rows or none
holding  a file kept between the two, for a day
pages    the same for a browser; commands for an operator
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
