"""Words of a review, sealed before they are rows: with the victim's own key where it is known who was harmed, so that erasing them
takes all that they said along; with a key of the review's own where it began with a concern."""

import json
from dataclasses import asdict
from typing import Final

from cara.errors import NotFound
from cara.features.victims.wall.review_models import DisclosureReview
from cara.features.victims.wall.review_rules import Account
from cara.platform.crypto.keyring import Keyring

GONE: Final = None
"""What stands where somebody's words were erased."""


def seal(keys: Keyring, review: DisclosureReview, column: str, text: str) -> bytes:
    """Text for a column of a review's tables, named `table.column`. Raises `NotFound` once whoever it is about was erased."""
    return keys.encrypt(review.force_id, review.key_id, column, text)


def unseal(keys: Keyring, review: DisclosureReview, column: str, sealed: bytes) -> str | None:
    """The text that was sealed, or `GONE`."""
    if not sealed:
        return ""
    try:
        return keys.decrypt(review.force_id, review.key_id, column, sealed)
    except NotFound:
        return GONE


def written(account: Account) -> str:
    """An account as it is sealed."""
    return json.dumps(asdict(account))


def account(text: str | None) -> Account | None:
    """An account as it was written; None where it was erased."""
    known = json.loads(text) if text else None
    return Account(**known | {"causes": tuple(known.get("causes", ()))}) if known else None
