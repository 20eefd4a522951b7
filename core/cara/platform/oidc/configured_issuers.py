"""From an organisation's row to the issuer that is pinned for it, with our credential there from the key folder."""

from pydantic import SecretStr

from cara.errors import Fault, Misconfigured
from cara.i18n import gettext as _
from cara.platform.access.models import Organisation
from cara.platform.oidc.issuers import Issuer
from cara.settings import Settings


def issuer_faults(issuer: str, client_id: str, *, allow_http: bool) -> list[Fault]:
    """What is wrong with an issuer that is about to be entered, by the field it was typed in."""
    faults = []
    try:
        Issuer(issuer=issuer, client_id="cara", allow_http=allow_http)
    except Misconfigured:
        message = _("Enter the https:// address of its OpenID Connect issuer, without query or fragment")
        faults.append(Fault("issuer", "address", message))
    if not client_id.strip():
        faults.append(Fault("client_id", "missing", _("Enter the client id under which CARA is registered there")))
    return faults


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
