"""Give the application what sends its messages, and send as long as it runs."""

from contextlib import AbstractAsyncContextManager

from litestar import Litestar
from litestar.datastructures import State

from cara.features.messages import outbox_loop
from cara.features.messages.outbox_worker import Outbox
from cara.features.messages.render_outbox import Writer


def make_writer(state: State) -> Writer:
    """Return what writes the messages of this installation."""
    return outbox_loop.writer(state.settings, state.forces, state.linked_messages)


def make_outbox(state: State) -> Outbox | None:
    """Return the outbox, which asks `held_among` of the state about cases on hold. None where nothing can be sent."""
    return outbox_loop.outbox(state.settings, state.store, state.writer, state.held_among)


def sending(app: Litestar) -> AbstractAsyncContextManager[None]:
    """Send what is due as long as the application runs."""
    return outbox_loop.keep_sending(app.state.outbox)
