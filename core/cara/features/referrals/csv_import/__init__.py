"""Reading a records system's export, and making drafts of its rows. Only the last block knows of a database.

decode        bytes → text: which encoding, and what is no CSV at all
tokenizer     text → records: delimiter, quotes, true line numbers
columns       header → which cell is which answer
table         the three above as one: an open file with its header understood
cell_parsers  cell → answer, or a fault
row_reader    the reader: an `Export` of `ImportedRow` and `RejectedRow`
plan          what to do with each row: accepted, rejected or duplicate, counted
errors        what is wrong, as codes and messages without anybody's data
error_reports the findings, and the rejected rows, as files to mend and send again

to_draft      a row's answers → a draft's, and the steps that they complete
actions       try an export, or import it: all rows or none
uploads       a file kept between the two, for a day
pages         the same for a browser; commands for an operator
"""

from cara.features.referrals.csv_import.columns import COLUMNS
from cara.features.referrals.csv_import.error_reports import findings_csv, rejected_csv
from cara.features.referrals.csv_import.errors import Finding
from cara.features.referrals.csv_import.plan import Plan
from cara.features.referrals.csv_import.row_reader import Export, Identity, ImportedRow, RejectedRow, read_export

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
