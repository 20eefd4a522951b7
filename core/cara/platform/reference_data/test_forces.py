"""The list of forces: complete, unambiguous, and marked where a plugin belongs."""

from collections import Counter

import pytest

from cara.errors import NotFound
from cara.platform.reference_data.forces import FORCES, REGIONS, force, force_by_code


def test_forty_three_territorial_forces_and_the_transport_police():
    assert len(FORCES) == 44
    assert [f.slug for f in FORCES.values() if f.region == "national"] == ["british_transport"]


def test_each_region_has_its_forces():
    sizes = Counter(f.region for f in FORCES.values())
    assert set(sizes) == set(REGIONS)
    assert sizes["south_west"] == sizes["south_east"] == sizes["north_west"] == 5
    assert (sizes["london"], sizes["north_east"]) == (2, 3)
    assert (sizes["eastern"], sizes["east_midlands"]) == (6, 5)
    assert sizes["west_midlands"] == sizes["yorkshire_and_humber"] == sizes["wales"] == 4


def test_slugs_are_their_keys_and_codes_belong_to_one_force():
    assert all(slug == f.slug and slug.replace("_", "").isalpha() and slug.islower() for slug, f in FORCES.items())
    codes = [code for f in FORCES.values() for code in f.codes]
    assert len(codes) == len(set(codes))
    assert all(len(code) == 2 and code.isdigit() for code in codes)


def test_three_forces_have_plugins():
    assert {f.slug for f in FORCES.values() if f.plugin} == {"hampshire", "leicestershire", "thames_valley"}


def test_lookup_by_slug_and_code():
    assert force("hampshire").name == "Hampshire and Isle of Wight Constabulary"
    assert force_by_code("44") is force("hampshire")
    assert force_by_code("01") is force_by_code("02")
    with pytest.raises(NotFound):
        force("atlantis")
    with pytest.raises(NotFound):
        force_by_code("98")
