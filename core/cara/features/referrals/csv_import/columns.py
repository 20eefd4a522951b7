"""Which column holds which answer: names matched without regard to case, spaces, underscores or order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from cara.errors import BadInput, Fault, Misconfigured
from cara.features.referrals.csv_import.decode import file_fault

REQUIRED = ("crime_reference", "surname", "forenames", "date_of_birth")
COLUMNS = (
    "crime_reference",
    "offence_category",
    "offence_date",
    "caution_date",
    "surname",
    "forenames",
    "date_of_birth",
    "sex",
    "relationship",
    "risk",
    "admits_offence",
    "victim_agrees",
    "phone",
    "postcode",
    "interpreter_language",
)
MOST_COLUMNS = 300
FAULTS_COLUMN = "import_faults"
"""The column that the download of rejected rows adds; ignored when the corrected file comes back."""
NO_MAP: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the answers stand. `unknown` are the headings that nothing is read from; `ours` says that the file is a
    download of rejected rows come back (it has the column in which we named the faults)."""

    count: int
    places: Mapping[str, int]
    unknown: tuple[str, ...]
    ours: bool


def is_faults_column(heading: str) -> bool:
    """Whether this is the column in which our own download names the faults."""
    return key(heading) == key(FAULTS_COLUMN)


def key(heading: str) -> str:
    """A heading as it is compared."""
    return "".join(heading.casefold().replace("_", " ").split())


_KNOWN = {key(name): name for name in COLUMNS}


def find_columns(header: Sequence[str], column_map: Mapping[str, str] = NO_MAP) -> Columns:
    """Match the header; `column_map` gives a force's own headings and the columns that they mean.

    BadInput names each required column that is missing and each that is there twice.
    """
    known = _KNOWN | {key(heading): name for heading, name in column_map.items()}
    if strange := sorted(set(column_map.values()) - set(COLUMNS)):
        raise Misconfigured(f"The column map names columns that an import does not have: {', '.join(strange)}.")
    if len(header) > MOST_COLUMNS:
        raise file_fault("too_many_columns", f"The file has more than {MOST_COLUMNS} columns. Export fewer.")
    places: dict[str, int] = {}
    unknown: list[str] = []
    twice: list[str] = []
    ours = False
    for place, heading in enumerate(header):
        name = known.get(key(heading))
        if name in places:
            twice.append(name)
        elif name:
            places[name] = place
        elif is_faults_column(heading):
            ours = True
        elif heading.strip():
            unknown.append(_printable(heading))
    missing = [name for name in REQUIRED if name not in places]
    faults = [Fault(n, "missing_column", f"There is no column {n}. Add it to the export.") for n in missing]
    faults += [Fault(n, "duplicate_column", f"The column {n} is there twice. Keep one.") for n in dict.fromkeys(twice)]
    if faults:
        raise BadInput("The file's columns are not as expected: " + " ".join(f.message for f in faults), faults)
    return Columns(len(header), places, tuple(dict.fromkeys(unknown)), ours)


def recognised(header: Sequence[str], column_map: Mapping[str, str] = NO_MAP) -> int:
    """How many of these headings mean something: what tells the right delimiter from a wrong one."""
    known = _KNOWN.keys() | {key(heading) for heading in column_map}
    return sum(key(heading) in known for heading in header)


def _printable(heading: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in heading.strip())[:60]


def armed(cell: str) -> str:
    """A cell of our own download as it was before it was made harmless."""
    if len(cell) > 1 and cell[0] == "'" and cell[1] in "@+-=|%":
        return cell[1:].replace("\\|", "|")
    return cell
