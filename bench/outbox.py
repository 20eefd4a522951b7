"""How many messages the outbox sends in a second, on SQLite with its journal synced at every commit.

    uv run python bench/outbox.py [NUMBER]

The receiver answers at once: what is measured is taking, writing and marking, two commits a batch. Cases are invented.
"""

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import cara.operations.features  # noqa: F401 - which tables there are
from cara.features.messages.outbox_loop import outbox, writer
from cara.features.victims.wall.hold_gate import held_among
from cara.operations.linked_messages import LINKED_MESSAGES
from cara.platform.bootstrap import open_store
from cara.platform.database.schema import owner_engine
from cara.platform.plugins import load_forces
from cara.settings import Settings
from sqlalchemy import insert
from sqlmodel import SQLModel
from synthetic import world
from synthetic.messages import MESSAGES, _message


def main() -> None:
    """Print one line."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 4000
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder), demo=True)
        open_store(settings).engine.dispose()
        engine = owner_engine(settings.url)
        world.fill(engine, Path(folder))
        pattern = _message(next(one for one in MESSAGES if one.standing == "waiting"))
        with engine.begin() as connection:
            rows = [pattern | {"id": 10_000 + n, "reference": f"bench-{n}", "key": f"bench-{n}"} for n in range(number)]
            connection.execute(insert(SQLModel.metadata.tables["outbox_message"]), rows)
        store = open_store(settings)
        box = outbox(settings, store, writer(settings, load_forces(), LINKED_MESSAGES), held_among)
        assert box is not None
        began = time.perf_counter()
        done = box.once()
        took = time.perf_counter() - began
        print(f"{done:,} messages in {took:.2f} s: {done / took:,.0f} a second")
        store.engine.dispose()


if __name__ == "__main__":
    main()
