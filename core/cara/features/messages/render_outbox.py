"""From a row of the outbox to what goes out, as it stands now: for sending it, and for looking at it before."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cara.errors import NotFound
from cara.features.messages import feedback, icalendar, pdf, queries, render
from cara.features.messages.message_types import KINDS
from cara.features.messages.models import OutboxMessage
from cara.features.messages.render import Matter, Reader
from cara.features.messages.template_loader import Text, Texts
from cara.features.onward_services import links as onward_links
from cara.features.referrals.models import Referral
from cara.platform.crypto.keyring import installation_secret
from cara.platform.unit_of_work import Work
from cara.settings import Settings


@dataclass(frozen=True, slots=True)
class Writer:
    """What turns rows into words: the texts, and what this installation is called."""

    texts: Texts
    address: str
    secret: str

    @classmethod
    def of(cls, settings: Settings, texts: Texts) -> "Writer":
        """The writer of an installation."""
        return cls(texts, settings.address, settings.secret or installation_secret(settings.key_folder))

    def matter(self, row: Any, case: Any, nonce: str = "") -> Matter:
        """What a message is about. `nonce`: of the link, where there is one."""
        link = self._link(row.kind, nonce) if nonce else ""
        return Matter(
            row.kind, row.channel, row.language, row.facts, case.reference, case.complete_by, row.force_id, row.queued_at,
            link, f"{self.address}/cases/{case.reference}",
        )  # fmt: skip

    def _link(self, kind: str, nonce: str) -> str:
        if kind == "onward_referral":
            return f"{self.address}/onward/{onward_links.token(self.secret, nonce)}"
        return f"{self.address}/feedback/{feedback.token(self.secret, nonce)}"

    def text(self, matter: Matter) -> Text | None:
        """The text for it, as it stands in the files."""
        return self.texts.text(matter.force, matter.kind, matter.channel, matter.language)

    def words(self, matter: Matter, reader: Reader) -> Text | None:
        """The text with everything filled in."""
        text = self.text(matter)
        return text.filled(render.words(matter, reader, self.texts.sender(matter.force))) if text else None

    def file(self, matter: Matter, reader: Reader) -> bytes:
        """A letter as PDF, an entry as `.ics`. Raises `NotFound` for what is no file."""
        text, sender = self.text(matter), self.texts.sender(matter.force)
        if text is None or matter.channel not in ("letter", "calendar"):
            raise NotFound
        if matter.channel == "letter":
            return pdf.letter_pdf(render.letter(matter, text, reader, sender))
        return icalendar.entry(render.appointment(matter, text, reader, sender))


def unqueued(
    w: Work, referral: Referral, kind: str, channel: str, language: str = "en", facts: Mapping[str, Any] | None = None
) -> OutboxMessage:
    """A message as it would be queued now, to be read before it is."""
    return OutboxMessage(
        reference="", force_id=referral.force_id, referral_id=referral.id or 0, key="", kind=kind, channel=channel,
        audience=KINDS[kind].audience, language=language, facts=dict(facts or {}), queued_at=w.now, queued_by="",
    )  # fmt: skip


def of_message(w: Work, writer: Writer, message: OutboxMessage) -> tuple[Matter, Reader]:
    """What one message is about and whom it is for, as they stand now."""
    case = queries.people(w, [message.referral_id])[message.referral_id]
    link = queries.link_of(w, message.kind, message.referral_id, message.facts)
    return writer.matter(message, case, link), queries.reader(w, case, message.audience, message.facts)
