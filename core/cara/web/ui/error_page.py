"""An error as the two things it can become: a page, or an RFC 9457 problem document. Neither holds personal data."""

from typing import Any, Final

from jinja2 import Environment

from cara.errors import BadInput, CaraError, ForceSuspended, TooMany
from cara.i18n import gettext as _
from cara.platform.reference_data import suspension_notice
from cara.web.ui.layout import Frame

MEDIA_TYPE: Final = "application/problem+json"
COMMON: Final = "problem.html"
UNEXPECTED: Final = CaraError()
"""Stands for every error that is not ours: what it says is for the log's eyes, not the reader's."""


def known(error: Exception) -> CaraError:
    """The error itself if it is ours, else one that tells nothing."""
    return error if isinstance(error, CaraError) else UNEXPECTED


def problem(error: Exception, instance: str | None = None) -> dict[str, Any]:
    """The problem document. `instance` is an identifier of this occurrence, such as the request's, not its address."""
    ours = known(error)
    document: dict[str, Any] = {"type": "about:blank", "title": ours.title, "status": ours.status}
    if not _secret(ours):
        document["detail"] = ours.message
    if instance:
        document["instance"] = instance
    if isinstance(ours, BadInput) and ours.faults:
        document["faults"] = [{"field": f.field, "code": f.code, "message": str(f.message)} for f in ours.faults]
    return document


def page(
    environment: Environment, error: Exception, frame: Frame, instance: str | None = None, again: str = "",
    template: str = COMMON, resend: Any = None,
) -> str:  # fmt: skip
    """The problem page, in the layout. Without somebody signed in, `frame.who` is None. `again` is the address of the form's
    page, where what was typed is kept for it; `template` another page than the common one, for readers whom that would tell too much.
    `resend` is the form to send again as it was, where nobody knows whether it was saved."""
    ours = known(error)
    return environment.get_template(template).render(
        frame=frame,
        title=_(ours.title),
        status=ours.status,
        message="" if _secret(ours) or ours.message == ours.title else ours.message,
        suspended=suspension_notice if isinstance(ours, ForceSuspended) else None,
        found=ours.faults if isinstance(ours, BadInput) else (),
        instance=instance,
        again=again,
        minutes=ours.minutes if isinstance(ours, TooMany) else 0,
        resend=resend,
    )


def _secret(error: CaraError) -> bool:
    """Faults of ours are described in the log; to the reader they would say nothing, or too much."""
    return error.status == CaraError.status
