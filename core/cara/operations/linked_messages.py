"""Every message of the core that carries a link, for commands that send beside the application."""

from typing import Final

from cara.operations import composition
from cara.operations.features import CORE

LINKED_MESSAGES: Final = composition.linked_messages(CORE)
