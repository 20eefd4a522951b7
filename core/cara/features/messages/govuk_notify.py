"""GOV.UK Notify by its own client. Two templates stand there, whose text is `((subject))` and `((body))`: the words are ours."""

import logging
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cara import clock
from cara.features.messages.states import ASKABLE_FOR
from cara.features.messages.transports import Answer, Outgoing, Said

if TYPE_CHECKING:
    from notifications_python_client.errors import APIError

PATIENCE = 10.0
_UNDELIVERED = frozenset({"permanent-failure", "temporary-failure", "technical-failure", "validation-failed"})
_FINAL = frozenset({"delivered", *_UNDELIVERED})
_log = logging.getLogger("cara.notify")


class Notify:
    """One service at Notify. Not for two threads at once."""

    patience = PATIENCE
    follows = True

    def __init__(
        self, key: str, *, email_template: str, sms_template: str, url: str, patience: float = PATIENCE
    ) -> None:
        from notifications_python_client.notifications import NotificationsAPIClient

        # Its own log would quote Notify's answers, in which there may be what was sent.
        logging.getLogger("notifications_python_client").setLevel(logging.CRITICAL)
        self.patience = patience
        made: Any = NotificationsAPIClient
        self._client = made(key, base_url=url, timeout=patience)
        self._templates = {"email": email_template, "sms": sms_template}

    def send(self, message: Outgoing) -> Answer:
        """Hand it over. Where no answer comes, it may have been taken."""
        words = {"body": message.body} | ({"subject": message.subject} if message.channel == "email" else {})
        template = self._templates[message.channel]

        def handed() -> Any:
            if message.channel == "email":
                return self._client.send_email_notification(message.to, template, words, message.reference)
            return self._client.send_sms_notification(message.to, template, words, message.reference)

        return self._heard(handed, lambda told: Answer(Said.TAKEN, receipt=str(told["id"]), delivery="created"))

    def ask(self, reference: str, began_at: datetime) -> Answer:
        """Look it up by our reference."""
        if clock.now() - began_at > ASKABLE_FOR:
            return Answer(Said.CANNOT_SAY)

        def read(told: Any) -> Answer:
            found = [one for one in told["notifications"] if one.get("reference") == reference]
            if not found:
                return Answer(Said.NEVER_SEEN)
            return Answer(Said.TAKEN, receipt=str(found[0]["id"]), delivery=str(found[0]["status"]))

        answer = self._heard(lambda: self._client.get_all_notifications(reference=reference), read)
        return answer if answer.said in (Said.TAKEN, Said.NEVER_SEEN) else Answer(Said.UNHEARD)

    def follow(self, receipt: str) -> Answer:
        """What became of one that it took."""

        def read(told: Any) -> Answer:
            status = str(told["status"])
            failure = "undelivered" if status in _UNDELIVERED else ""
            return Answer(Said.TAKEN if status in _FINAL else Said.LATER, delivery=status, failure=failure)

        answer = self._heard(lambda: self._client.get_notification_by_id(receipt), read)
        return answer if answer.delivery else Answer(Said.LATER)

    def _heard(self, call: Any, read: Any) -> Answer:
        from notifications_python_client.errors import APIError

        try:
            return read(call())  # type: ignore[no-any-return]
        except APIError as error:
            return _refusal(error)
        except (KeyError, TypeError, AttributeError):
            _log.warning("Notify gave an answer that is not of its published form")
            return Answer(Said.UNHEARD)


def _refusal(error: "APIError") -> Answer:
    """What an error of the client means. No response at all, and 5xx, leave open whether the message was taken."""
    status = error.response.status_code if error.response is not None else 0
    _log.warning("Notify answered %s", status or "nothing")
    if status == 429:  # noqa: PLR2004, RUF100 - too many requests
        return Answer(Said.LATER)
    if status in (401, 403):
        return Answer(Said.REFUSED, failure="key_refused")
    if 400 <= status < 500:  # noqa: PLR2004, RUF100
        return Answer(Said.REFUSED, failure="refused")
    return Answer(Said.UNHEARD)
