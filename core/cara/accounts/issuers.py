"""From an organisation's row to the issuer that is pinned for it, with our credential there from the key folder."""

from pydantic import SecretStr

from cara.identity.issuers import Issuer
from cara.identity.models import Organisation
from cara.settings import Settings


def issuer_of(organisation: Organisation, settings: Settings) -> Issuer:
    """The organisation's pinned issuer. Plain http is for loopback, and only where CARA itself is on http."""
    path = settings.key_folder / "clients" / f"{organisation.id}.key"
    return Issuer(
        issuer=organisation.issuer or "",
        client_id=organisation.client_id,
        auth_method=organisation.client_auth,  # type: ignore[arg-type]  # checked by Issuer itself
        credential=SecretStr(path.read_text()) if path.exists() else None,
        allow_http=not settings.https,
        groups_claim=organisation.groups_claim,
        entra=organisation.entra,
    )
