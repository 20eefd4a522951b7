"""Tokens and their hashes, of the present version and of the one before."""

from hashlib import sha256

import pytest

from cara.platform.one_time_links import derive_token, hash_token, new_nonce

SECRET = "a secret outside the database"
NONCE_BEFORE = "0123456789abcdef0123456789abcdef"
SENT_BEFORE = {
    "feedback": (
        "mpBJq9x4n3ev_zCOdzTXXxU35zIYAyRz",
        "6f540e3fdbffccdc7732546c0a8905a9e69535cfcda93f0d9abf478340fc787e",
    ),
    "survey": ("2ndJZdLKqpzVS2DHsMX8uf7JdSVFu1PS", "08f09a958126825d26780e84281fe5cc8c3cf9ac0829f53f2733aa1b802e2568"),
    "onward": ("6xRfVfTWqcCIGMe6OVvS61HLQO8upWd3", "77969ef9b68116f8a9f496c7c0adebc91eeaf6442d3ec75f54a50e44ac2fff51"),
}
"""Purpose → the token that version 1 sent for this nonce, and the hash that it stored."""


def test_a_token_has_letters_and_digits_only():
    tokens = {derive_token(SECRET, "onward", new_nonce()) for _number in range(500)}
    assert len(tokens) == 500
    assert all(len(token) == 40 and token.isascii() and token.isalnum() for token in tokens)


@pytest.mark.parametrize("purpose", SENT_BEFORE)
def test_a_link_sent_before_is_derived_and_found_as_before(purpose):
    token, hashed = SENT_BEFORE[purpose]
    assert derive_token(SECRET, purpose, NONCE_BEFORE) == token
    assert hash_token(purpose, token) == hashed


def test_no_link_opens_the_page_of_another_purpose():
    """The hash of a token differs by purpose, and the token of a nonce too."""
    nonce = new_nonce()
    assert len({derive_token(SECRET, purpose, nonce) for purpose in SENT_BEFORE}) == len(SENT_BEFORE)
    token = derive_token(SECRET, "feedback", nonce)
    hashes = {hash_token(purpose, token) for purpose in SENT_BEFORE}
    assert len(hashes) == len(SENT_BEFORE)
    assert sha256(token.encode()).hexdigest() not in hashes
