"""The build of the reference data, and what it makes of the real standing data where that is present."""

import csv
import json
from pathlib import Path

import pytest

from cara.errors import Misconfigured
from cara.platform.reference_data import offence_files
from cara.platform.reference_data.build import HERE, build, e07_mapping
from cara.platform.reference_data.forces import FORCES
from cara.platform.reference_data.offence_files import VENDOR, e07_category, load_offences, offence

vendored = pytest.mark.skipif(not (VENDOR / "offences.csv.gz").exists(), reason="run `cara assets` first")


def standing_data(folder: Path, **changed: object) -> Path:
    """A tiny package with every mapped code in it."""
    data = folder / "data"
    data.mkdir(parents=True)
    entries = [
        {
            "cjsCode": code,
            "offenceTitle": f"Synthetic,\n title of {code}",
            "homeOfficeClassification": "105/01",
            "offenceCategory": "CS",
            "notifiableToHo": True,
            "recordableOnPnc": False,
        }
        for code in sorted(e07_mapping(HERE / "e07.toml"), reverse=True)
    ]
    (data / "offence-code.json").write_text(json.dumps(changed.get("offences", entries)))
    (data / "forces.json").write_text(json.dumps([{"code": "44", "name": "Hampshire"}]))
    (folder / "package.json").write_text('{"version": "1.2.3"}')
    return data


def test_equal_input_gives_equal_bytes(tmp_path):
    source = standing_data(tmp_path / "package")
    build(source, tmp_path / "one")
    build(source, tmp_path / "two")
    for name in ("offences.csv.gz", "force_codes.csv", "stamp.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert offence_files.data_version(tmp_path / "one") == "1.2.3"
    assert json.loads((tmp_path / "one/stamp.json").read_text())["offences"] == len(e07_mapping(HERE / "e07.toml"))


def test_what_was_built_is_read_back(tmp_path):
    build(standing_data(tmp_path / "package"), tmp_path / "out")
    found = {o.code: o for o in load_offences(tmp_path / "out")}
    assert list(found) == sorted(found)
    battery = found["CJ88116"]
    assert battery.title == "Synthetic, title of CJ88116"
    assert (battery.e07, battery.confirm, battery.notifiable, battery.recordable) == ("battery", False, True, False)
    assert battery.mode_of_trial == "summary"
    assert (found["TH68002"].e07, found["TH68002"].confirm) == ("domestic_theft", True)


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ([], "1 to"),
        ({"a": 1}, "1 to"),
        ([3], "not an object"),
        ([{"cjsCode": "CJ88001"}], "offenceTitle"),
        ([{"cjsCode": "=CMD()", "offenceTitle": "x"}], "malformed"),
        (
            [{"cjsCode": "ZZ1", "offenceTitle": "x", "homeOfficeClassification": "000/00", "offenceCategory": "CS"}],
            "no longer has",
        ),
    ],
)
def test_standing_data_of_another_shape_is_refused_and_nothing_written(tmp_path, entries, says):
    source = standing_data(tmp_path / "package", offences=entries)
    with pytest.raises(ValueError, match=says):
        build(source, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"offence-code\.json is missing"):
        build(tmp_path)


def test_missing_reference_data_says_what_to_run(tmp_path):
    with pytest.raises(Misconfigured, match="cara assets"):
        list(load_offences(tmp_path))


def test_a_code_in_two_groups_is_refused(tmp_path):
    groups = '[[mapped]]\ncategory = "battery"\ncodes = ["A1"]\n'
    (tmp_path / "twice.toml").write_text("excluded = []\n" + groups * 2)
    with pytest.raises(ValueError, match="more than one group"):
        e07_mapping(tmp_path / "twice.toml")
    (tmp_path / "both.toml").write_text(groups + '[[excluded]]\nprefixes = ["A"]\n')
    with pytest.raises(ValueError, match="at once"):
        e07_mapping(tmp_path / "both.toml")


def test_every_category_of_e07_has_a_code():
    assert {category for category, _ in e07_mapping(HERE / "e07.toml").values()} == {
        "common_assault",
        "battery",
        "criminal_damage",
        "harassment",
        "domestic_theft",
        "threatening_behaviour",
    }


@vendored
def test_every_force_is_in_the_standing_data_under_its_code():
    with (VENDOR / "force_codes.csv").open(encoding="utf-8", newline="") as file:
        names = {row["code"]: row["name"] for row in csv.DictReader(file)}
    for force in FORCES.values():
        first_word = "BTP" if force.slug == "british_transport" else force.short_name.split()[0].split("-")[0]
        assert all(names[code].startswith(first_word) for code in force.codes), force.slug


@vendored
def test_real_titles_are_what_the_mapping_takes_them_for():
    words = {
        "common_assault": ("common assault",),
        "battery": ("beating",),
        "criminal_damage": ("damage",),
        "harassment": ("harassment",),
        "domestic_theft": ("theft",),
        "threatening_behaviour": ("threatening", "harassment", "violence"),
    }
    never = ("attempt", "aid", "conspire", "racial", "religious", "emergency worker", "shop", "under 16", "stalking")
    mapped = [o for o in load_offences() if o.e07]
    assert len(mapped) == len(e07_mapping(HERE / "e07.toml"))
    for o in mapped:
        title = o.title.lower()
        assert any(word in title for word in words[o.e07]), o.code
        assert not any(word in title for word in never), o.code
        assert o.mode_of_trial in ("summary", "either way"), o.code


@vendored
def test_excluded_codes_are_real_too():
    import tomllib

    excluded = tomllib.loads((HERE / "e07.toml").read_text(encoding="utf-8"))["excluded"]
    for group in excluded:
        assert all(offence(code) for code in group.get("codes", ())), group["reason"]


@vendored
def test_lookup_for_an_import():
    assert e07_category("cj88116 ") == "battery"
    assert e07_category("TH68002") == ""
    assert e07_category("CJ88149") == "other"
    assert e07_category("ZZ99999") is None
