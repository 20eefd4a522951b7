"""Invented offenders: who they are and how to reach them, from ranges that are kept for invention. Pure.

Telephone numbers are Ofcom's for drama, postcodes begin with the ZZ99 that stands for no place, mail ends in `.example`.
"""

from datetime import date, timedelta
from random import Random
from typing import Any, Final

_MARKS: Final = ("Testcase", "Sample", "Specimen", "Example", "Practice")
_TREES: Final = (
    "Alder", "Birch", "Cedar", "Derw", "Elm", "Fir", "Gŵernen", "Hazel", "Ivy", "Juniper", "Larch", "Maple", "Néflier",
    "Oak", "Pine", "Quince", "Rowan", "Ŷwen", "Sycamore", "Tilleul", "Ulmo", "Viñedo", "Willow", "O’Yew", "D’Acacia",
)  # fmt: skip
_MEN: Final = (
    "Aled",
    "Bram",
    "Colm",
    "Dewi",
    "Émile",
    "Farid",
    "Gwyn",
    "Hugo",
    "Idris",
    "José",
    "Kofi",
    "Łukasz",
    "Milo",
    "Noël",
    "Otto",
)
_WOMEN: Final = ("Anwen", "Bea", "Chloë", "Dilys", "Eirŵen", "Fátima", "Greta", "Heledd", "Inés", "Jaya", "Siân", "Zoë")
_STREETS: Final = ("Invented Lane", "Nowhere Street", "Sample Row", "Example Close", "Practice Road")
_INWARD: Final = "ABDEFGHJLNPQRSTUWXYZ"
_YEAR: Final = timedelta(days=365.25)


def person(rng: Random, number: int, sex: str, on: date) -> dict[str, Any]:
    """An offender as the form's answers: an adult on `on`. `number` tells people of one name apart."""
    forename = rng.choice(_WOMEN if sex == "female" else _MEN)
    surname = f"{rng.choice(_MARKS)}-{rng.choice(_TREES)}"
    answers: dict[str, Any] = {
        "surname": surname,
        "forenames": forename
        if rng.random() < 0.8
        else f"{forename} {rng.choice(_WOMEN if sex == 'female' else _MEN)}",
        "date_of_birth": (on - _YEAR * rng.triangular(18.5, 74, 29)).isoformat(),
        "sex": sex,
        "phone": f"07700 900{rng.randrange(1000):03}" if rng.random() < 0.7 else f"01632 960{rng.randrange(1000):03}",
        "postcode": f"ZZ99 {rng.randrange(1, 10)}{rng.choice(_INWARD)}{rng.choice(_INWARD)}",
    }
    if rng.random() < 0.5:
        answers["email"] = f"person{number}@mail.example"
    if rng.random() < 0.6:
        answers["address"] = f"{rng.randrange(1, 200)} {rng.choice(_STREETS)}\nSampletown"
    return answers
