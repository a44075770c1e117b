"""The table of countries."""

from __future__ import annotations

import re

import phonenumbers

from cartesia_simulator.carrier.countries import COUNTRIES, Country


def test_every_country_of_the_numbering_plans_is_there() -> None:
    """With its calling code; so whichever number can be dialled, its permission can be asked for."""
    assert {code: country.calling_code for code, country in COUNTRIES.items()} == {
        region: f"+{phonenumbers.country_code_for_region(region)}"
        for region in phonenumbers.SUPPORTED_REGIONS
    }


def test_names_are_names() -> None:
    """In English, without what the table is made of."""
    assert COUNTRIES["AT"] == Country(iso_code="AT", name="Austria", calling_code="+43")
    assert COUNTRIES["US"].name == "United States/Canada"
    assert all(re.fullmatch(r"[A-ZÅ][^;\d\n]+", country.name) for country in COUNTRIES.values())
