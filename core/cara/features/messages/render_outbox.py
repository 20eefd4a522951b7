"""From a row of the outbox to what goes out, as it stands now: for sending it, and for looking at it before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cara.errors import NotFound
from cara.features.messages import icalendar, pdf, queries, render
from cara.features.messages.linked_messages import LinkedMessage
from cara.features.messages.message_types import KINDS
from cara.features.messages.models import OutboxMessage
from cara.features.messages.render import Matter, Reader
from cara.features.messages.template_loader import Text, Texts
from cara.features.referrals.models import Referral
from cara.platform.crypto.keyring import installation_secret
from cara.platform.unit_of_work import Work
from cara.settings import Settings


@dataclass(frozen=True, slots=True)
class Writer:
    """What turns rows into words: the texts, what this installation is called, and the kinds that carry a link."""

    texts: Texts
    address: str
    secret: str
    linked: Mapping[str, LinkedMessage]

    @classmethod
    def of(cls, settings: Settings, texts: Texts, linked: Iterable[LinkedMessage]) -> "Writer":
        """The writer of an installation."""
        secret = settings.secret or installation_secret(settings.key_folder)
        return cls(texts, settings.address, secret, {message.kind: message for message in linked})

    def matter(self, row: Any, case: Any, nonce: str = "") -> Matter:
        """What a message is about. `nonce`: of the link, where there is one."""
        link = self.linked[row.kind].link(self.address, self.secret, nonce) if nonce else ""
        return Matter(
            row.kind, row.channel, row.language, row.facts, case.reference, case.complete_by, row.force_id, row.queued_at,
            link, f"{self.address}/cases/{case.reference}",
        )  # fmt: skip

    def nonce(self, w: Work, row: Any) -> str | None:
        """Return what a message's link is derived from: None where its kind has no link, empty where the link has ended."""
        linked = self.linked.get(row.kind)
        return linked.nonce(w, row.referral_id, row.facts) if linked else None

    def reader(self, w: Work, row: Any, case: Any) -> Reader:
        """Return whom a message goes to now."""
        linked = self.linked.get(row.kind)
        if linked and linked.recipient:
            return linked.recipient(w, row.facts)
        return queries.reader(w, case, row.audience, row.facts)

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
    return writer.matter(message, case, writer.nonce(w, message) or ""), writer.reader(w, message, case)
