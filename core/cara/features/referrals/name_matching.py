"""Names and references: how people are searched for, told apart, and how a case is called."""

import hashlib
import secrets
import unicodedata
from collections.abc import Iterable
from datetime import date

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No 0, O, 1, I, L or U: references are read out over the telephone."""


def new_reference() -> str:
    """A random case reference such as `7K2M-9QXD`. It says nothing of the case, so it may stand in a URL."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def fold(name: str) -> str:
    """A name as it is searched: no case, no accents, no apostrophes or hyphens, single spaces.

    Composed and decomposed spellings of ŵ, and O'Neill with either apostrophe, come out the same.
    """
    bare = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    letters = "".join(c if c.isalnum() else ("" if c in "'’‘`´" else " ") for c in bare.casefold())
    return " ".join(letters.split())


def compared(
    crime_reference: str, surname: str, forenames: str, date_of_birth: date | str
) -> tuple[str, str, str, str]:
    """What is compared to tell one person in one crime from another: case, accents, space and punctuation of names do
    not count."""
    return ("".join(crime_reference.casefold().split()), fold(surname), fold(forenames), str(date_of_birth))


def hashed(force: str, parts: Iterable[str]) -> str:
    """The hash of what `compared` gives, in one force."""
    return hashlib.sha256("\x1f".join((force, *parts)).encode()).hexdigest()


def identity_key(force: str, crime_reference: str, surname: str, forenames: str, date_of_birth: date | str) -> str:
    """One person in one crime in one force, as a hash: what makes two rows the same person."""
    return hashed(force, compared(crime_reference, surname, forenames, date_of_birth))
