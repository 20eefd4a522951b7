"""`cara work`: one job that fails ends no other, and is heard of without a word of what it met."""

from typing import Any

import pytest
from cara.operations import jobs as operation_jobs
from cara.operations.cli import main
from cara.operations.commands.doctor import examine
from cara.platform.crypto.keyring import installation_secret
from cara.platform.reference_data.forces import FORCES
from synthetic.notify import KEY, TEMPLATES

SECRET = "Synthetic words of an error"
ON_SQLITE = pytest.mark.parametrize("empty_database", ["sqlite"], indirect=True)


@pytest.fixture
def here(empty_database: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    notify = {
        "CARA_NOTIFY_KEY": KEY,
        "CARA_NOTIFY_EMAIL_TEMPLATE": TEMPLATES["email"],
        "CARA_NOTIFY_SMS_TEMPLATE": TEMPLATES["sms"],
    }
    for name, value in (empty_database.environment() | notify).items():
        monkeypatch.setenv(name, value)
    empty_database.home.chmod(0o700)
    installation_secret(empty_database.home / "keys")
    return empty_database


def of_doctor(database: Any) -> list[tuple[str, str]]:
    return [(one.status, one.message) for one in examine(database.settings()) if one.name == "jobs"]


def test_a_job_that_fails_ends_no_other(here, monkeypatch, capsys, caplog):
    done, broken = [], [True]

    def fails(_store: Any, force: str) -> list[int]:
        if broken and force == "kent":
            raise LookupError(SECRET)
        return [1]

    jobs = (
        operation_jobs.LoadedJob("synthetic", fails, "{done:,} synthetic."),
        operation_jobs.LoadedJob("after", lambda *one: done.append(one) or [], "{done} after."),
    )
    monkeypatch.setattr(operation_jobs, "jobs", lambda _keys: jobs)
    monkeypatch.setattr("cara.features.messages.outbox_worker.Outbox.once", lambda _outbox: done.append("sent") or 7)
    assert main(["work", "--once"]) == 1
    told = capsys.readouterr().out
    assert f"{len(FORCES) - 1} synthetic." in told
    assert "7 messages were looked after.\nFailed: synthetic: kent (LookupError).\n" in told
    assert len(done) == len(FORCES) + 1
    ((status, said),) = of_doctor(here)
    assert (status, "synthetic: kent fails since" in said, "LookupError" in said) == ("fail", True, True)
    files = b"".join(path.read_bytes() for path in (here.home / "run").iterdir())
    assert SECRET not in told + said + caplog.text + files.decode("latin-1")
    assert main(["work", "--once"]) == 1
    assert "2 times so far" in of_doctor(here)[0][1]
    broken.clear()
    assert main(["work", "--once"]) == 0
    assert of_doctor(here) == [("ok", "None failed on this machine.")]


@ON_SQLITE
def test_it_goes_on_while_messages_cannot_be_sent(here, monkeypatch):
    """The loop that is stopped only by a signal: here by its third rest."""
    rests: list[int] = []

    class Stopped(BaseException):
        pass

    def rest(_seconds: float) -> None:
        rests.append(1)
        if len(rests) == 3:
            raise Stopped

    def fails(_outbox: Any) -> int:
        raise LookupError(SECRET)

    monkeypatch.setattr("cara.features.messages.outbox_worker.Outbox.once", fails)
    monkeypatch.setattr("time.sleep", rest)
    with pytest.raises(Stopped):
        main(["work"])
    assert [status for status, _said in of_doctor(here)] == ["fail"]
