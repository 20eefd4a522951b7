"""How many SQL statements a page takes, with few cases and with many: the number must not move."""

import asyncio
import tempfile

import httpx
from cara import clock
from cara.operations.app import create_app
from cara.platform.bootstrap import upgrade
from cara.platform.plugins import load_forces
from cara.settings import Settings
from cases import Size, draft_reference, rows, token
from seed import fill
from sqlalchemy import event

FEW, MANY = 30, 300
PAGES = {
    "what needs me": "/work",
    "list": "/cases",
    "one case": "/cases/R000-0001",
    "check your answers": "/drafts/D000-0001/check",
}


def counted() -> dict[str, tuple[int, int]]:
    """By page: the statements, `BEGIN` left out, with few referrals in each force and with many."""
    few, many = (asyncio.run(_count(size)) for size in (FEW, MANY))
    assert few == many, f"statements grow with cases: {few}, {many}"
    return {name: (few[name], many[name]) for name in few}


async def _count(referrals: int) -> dict[str, int]:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.load({"CARA_HOME": folder})
        upgrade(settings)
        fill(settings.url, rows(Size(referrals, 2), load_forces(), clock.now()))
        app = create_app(settings)
        sent: list[str] = []
        event.listen(app.state.store.engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
        found: dict[str, int] = {}
        browser = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url=settings.address, cookies={"signed_in": token(0)}
        )
        async with app.lifespan(), browser as client:
            for name, path in PAGES.items():
                sent.clear()
                assert (await client.get(path)).status_code == 200, name
                found[name] = _without_begin(sent)
            sent.clear()
            form = {
                "_csrf_token": client.cookies["form_token"],
                "_key": "counted-0123456789",
                "_version": "1",
                "provider": "",
            }
            answer = await client.post(f"/drafts/{draft_reference(0)}/refer", data=form)
            assert answer.status_code == 303, "refer"
            found["referral created"] = _without_begin(sent)
        return found


def _without_begin(sent: list[str]) -> int:
    return sum(not one.startswith("BEGIN") for one in sent)
