import sys

from cara.api import Clearance, hookimpl
from cara.forces import load_forces
from cara.forces.installed import Installed, installed_plugins


class EP:
    name = "licensing"

    def load(self):
        return sys.modules[__name__]


@hookimpl
def clearance(force, provider, on, session):
    from sqlalchemy import text

    ok = (
        bool(
            session.connection().scalar(
                text("select count(*) from instrument where force_id=:f and rule=:p"), {"f": force, "p": provider}
            )
        )
        or provider == "bench_north"
    )
    return Clearance(ok, "x")


def forces():
    return load_forces(
        plugins=[
            *(p for p in installed_plugins() if p.slug != "licensing"),
            Installed("licensing", "x", "1", True, EP()),
        ]
    )
