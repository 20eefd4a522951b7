"""Reading a signed token: which algorithms, which keys, whose, for whom, and when. Keys come from outside.

The list of algorithms is ours; what the provider offers can only shorten it. No symmetric algorithm is on it, so a
public key can never be taken for a shared secret, and `none` is not on it either (RFC 8725 §3.1, §3.2).
"""

import base64
import hashlib
import json
from collections.abc import Collection, Mapping
from hmac import compare_digest
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError, UnsupportedAlgorithmError, UnsupportedHeaderError
from joserfc.jwk import ECKey, JWKRegistry, Key, KeySet, OctKey, OKPKey, RSAKey

from cara import clock

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")
LEEWAY = 60  # seconds by which a provider's clock may differ from ours
SMALLEST_RSA = 2048  # bits (NIST SP 800-131A)


class Unacceptable(Exception):
    """A token failed a check. The message is a short word for the log, and holds nothing from the token."""


class _Ours(jws.JWSRegistry):
    """joserfc's rules, made stricter: an empty list allows nothing; we know no extension, so none may be critical."""

    max_header_length = 8192  # some providers send their certificate chain along
    max_payload_length = 65536

    def get_alg(self, name: str) -> Any:
        if name not in (self.allowed or ()):
            raise UnsupportedAlgorithmError("algorithm is not allowed")
        return self.algorithms[name]

    def check_header(self, header: dict[str, Any]) -> None:
        if "crit" in header or "b64" in header:
            raise UnsupportedHeaderError("critical extension")
        super().check_header(header)


def signing_keys(document: Mapping[str, Any]) -> KeySet:
    """The public keys of a JWK set that may sign. Left out: symmetric, short, broken ones, those for encryption."""
    listed = document.get("keys")
    keys = [_signing_key(entry) for entry in listed] if isinstance(listed, list) else []
    return KeySet([key for key in keys if key is not None])


def _signing_key(entry: object) -> Key | None:
    if not isinstance(entry, dict) or entry.get("kty") not in ("RSA", "EC", "OKP") or entry.get("use", "sig") != "sig":
        return None
    if entry["kty"] == "RSA" and len(str(entry.get("n"))) * 6 < SMALLEST_RSA:
        return None
    try:
        return JWKRegistry.import_key(entry)
    except (JoseError, ValueError, TypeError):
        return None


def private_key(text: str) -> RSAKey | ECKey | OKPKey:
    """A private key written as PEM or as JWK. Raises `ValueError` without showing any of it."""
    try:
        written_as_jwk = text.lstrip().startswith("{")
        key = JWKRegistry.import_key(json.loads(text)) if written_as_jwk else _from_pem(text)
    except (JoseError, ValueError, TypeError, KeyError):
        raise ValueError("not a private key in PEM or JWK form") from None
    if isinstance(key, OctKey) or not key.is_private:
        raise ValueError("a shared or public key, where a private one is needed")
    return key


def _from_pem(text: str) -> Key:
    for kind in (RSAKey, ECKey, OKPKey):
        try:
            return kind.import_key(text)
        except (JoseError, ValueError, TypeError):
            continue
    raise ValueError("not a key")


def peek(token: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Header and claims *before* any check: good for looking up an issuer and a key, and for nothing else."""
    try:
        extracted = jws.extract_compact(token.encode("ascii"), registry=_Ours(algorithms=ALGORITHMS))
        header, claims = extracted.headers(), json.loads(extracted.payload)
    except (JoseError, ValueError, RecursionError):
        raise Unacceptable("not a token") from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise Unacceptable("not a token")
    return header, claims


def verify(token: str, keys: KeySet, algorithms: Collection[str], issuer: str, audience: str) -> dict[str, Any]:
    """The claims of a token that `issuer` signed for `audience` and that is valid now. Raises `Unacceptable`.

    Subject, expiry and time of issue must be there. With several audiences the authorised party must be us
    (OpenID Connect Core §3.1.3.7, 4 and 5).
    """
    expected = jwt.JWTClaimsRegistry(
        now=int(clock.now().timestamp()),
        leeway=LEEWAY,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": audience},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        read = jwt.decode(token, keys, registry=_Ours(algorithms=algorithms, strict_check_header=False))
        expected.validate(read.claims)
    except (JoseError, ValueError, TypeError, RecursionError, OverflowError) as error:
        raise Unacceptable(getattr(error, "error", "") or "malformed") from None
    claims = read.claims
    if not 0 < len(claims["sub"].strip()) <= 255:
        raise Unacceptable("subject")
    return claims


def same(expected: str, given: object) -> bool:
    """Whether `given` is the text `expected`, in a time that does not tell how much of it fits."""
    return isinstance(given, str) and compare_digest(expected.encode(), given.encode("utf-8", "replace"))


def half_hash(value: str, algorithm: str) -> str:
    """The `at_hash` of an access token (OpenID Connect Core §3.1.3.6): the left half of its hash, as base64url."""
    digest = hashlib.sha512 if algorithm in ("EdDSA", "Ed25519") else hashlib.sha256
    whole = digest(value.encode("ascii", "replace")).digest()
    return base64.urlsafe_b64encode(whole[: len(whole) // 2]).rstrip(b"=").decode()
