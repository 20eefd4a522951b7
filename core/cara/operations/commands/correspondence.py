"""`cara work`: do what is due, once or until it is stopped. The application does the same beside its pages; this is for
installations of several processes that would rather have one for it."""

import time
from argparse import ArgumentParser, Namespace
from contextlib import nullcontext

from cara.errors import Misconfigured
from cara.settings import Settings


def add_arguments(parser: ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("--once", action="store_true", help="do what is due now, and end")


def run(args: Namespace) -> int:
    """0 once done or stopped, 1 where something failed in a run that was to be done once. A job that fails ends no other.

    Raises:
        Misconfigured: no sending service is set up; or, on SQLite, the application runs, which does this by itself.
    """
    from cara.features.messages import outbox_loop
    from cara.features.victims.wall.hold_gate import held_among
    from cara.operations import jobs as operation_jobs
    from cara.operations.job_failures import JobFailures
    from cara.operations.linked_messages import LINKED_MESSAGES
    from cara.operations.serve import alone, stoppable
    from cara.platform.bootstrap import open_store
    from cara.platform.crypto.keyring import Keyring
    from cara.platform.plugins import load_forces
    from cara.platform.plugins.force_settings import read_standings
    from cara.platform.unit_of_work import operator, work_as

    settings = Settings.load()
    with alone(settings), nullcontext() if args.once else stoppable():
        store, keys, failures = open_store(settings), Keyring(settings.key_folder), JobFailures(settings)
        pruned = operation_jobs.pruning(settings, store)
        try:
            forces = load_forces()
            with work_as(store, operator("work"), "account", "ready") as w:
                forces.heed(read_standings(w.connection))  # a retired plugin's letters are not sent from here either
            writer = outbox_loop.writer(settings, forces, LINKED_MESSAGES)
            outbox = outbox_loop.outbox(settings, store, writer, held_among)
            if outbox is None:
                raise Misconfigured("No sending service is set up, so nothing can be sent. Set CARA_NOTIFY_KEY.")
            looked = -float(operation_jobs.EVERY)
            while True:
                if (now := time.monotonic()) - looked >= operation_jobs.EVERY:
                    looked, found = now, operation_jobs.once(store, keys, failures)
                    deleting = pruned.open()
                    gone = operation_jobs.expire_once(deleting, failures) if deleting else []
                done = 0
                with operation_jobs.put_off(failures, "messages"):
                    done = outbox.once()
                if args.once:
                    for job in operation_jobs.jobs(keys):
                        print(job.told.format(done=found[job.name]))  # noqa: T201
                    for one in gone:
                        print(f"{one.table}: {one.saw:,} rows seen, {one.deleted:,} deleted.")  # noqa: T201
                    print(f"{done:,} messages were looked after.")  # noqa: T201
                    failed = failures.read()
                    for name, failure in failed.items():
                        print(f"Failed: {name} ({failure.error}).")  # noqa: T201
                    return 1 if failed else 0
                time.sleep(outbox_loop.EVERY)
        finally:
            pruned.close()
            store.engine.dispose()
    return 0
