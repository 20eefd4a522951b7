"""Every kind of message that carries a link, by the feature that owns it."""

from typing import Final

from cara.features.messages import feedback
from cara.features.onward_services import service_link

LINKED_MESSAGES: Final = (feedback.MESSAGE, service_link.MESSAGE)
