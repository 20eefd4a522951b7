"""A copy for somebody of what is kept of them: all that is theirs, and nothing of the person on the course."""

import io
import json
import re
import zipfile

from cara.features.victims.data_rights import subject_access
from cara.platform.data_export.columns import Shown, undecided
from cara.platform.database.schema import import_models
from sqlmodel import SQLModel
from synthetic.canaries import found_in
from synthetic.victims import reference_of

from .conftest import KEEPS


def test_every_column_behind_the_wall_is_copied_or_withheld_with_a_reason(record_count):
    import_models()
    tables = SQLModel.metadata.tables.values()
    there = {one.name: tuple(one.c.keys()) for one in tables if one.info.get("wall") == "victim"}
    record_count("columns behind the wall, copied or withheld", len(there), undecided(subject_access.OF_VICTIMS, there))
    opened = {model.__tablename__: columns for model, columns in subject_access.SEALED.items()}
    for name, told in subject_access.OF_VICTIMS.items():
        given = {column for column, one in told.columns.items() if isinstance(one, Shown)}
        assert set(opened.get(name, ())) <= given, name
        assert bool(given) == (name in opened), name


def test_a_copy_holds_what_they_said_and_nothing_of_the_offender(as_person, doing, keys):
    reference = reference_of("hampshire", "referred")
    answer = as_person(KEEPS.key).get(f"/victims/{reference}/copy")
    assert answer.headers["content-disposition"] == 'attachment; filename="copy.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert sorted(archive.namelist()) == ["copy.html", "copy.json"]
        raw = {name: archive.read(name) for name in archive.namelist()}
    known = json.loads(raw["copy.json"])
    said = next(one for one in known["sections"] if one["title"] == "What you said")["records"]
    assert said[0]["What you said"]["Are they together, or in contact?"] == "They are apart, without contact"
    assert "hampton" in known["controller"].lower()
    assert not re.search(
        r"\d{4}-\d\d-\d\d|True|False|None|\{", re.sub("<style>.*?</style>", "", raw["copy.html"].decode())
    )
    for content in raw.values():
        seen = found_in(content)
        assert {one.owner for one in seen} == {"victim:hampshire"}
        assert not {one.table for one in seen} & {"victim_hold", "disclosure_view", "disclosure_step"}
        assert {"name", "said", "note", "assessed"} <= {one.column for one in seen}
        assert "reason" not in {one.column for one in seen}
