"""`cara plugins check` asks the hooks about invented cases, and tells where one fails but not what it says."""

import json
import traceback
from argparse import Namespace

import pytest
from cara.api import CaseView
from cara.errors import ForceSuspended
from cara.operations.commands import forces
from cara.platform.plugins import load_forces
from cara.platform.plugins.conftest import Install

PLUGIN = """
from cara.api import ForceProfile, Option, Question, Tighten, hookimpl

@hookimpl
def force_profile():
    return ForceProfile(slug="kent", name="Kent Police")

@hookimpl
def extra_questions():
    return (Question("area", "Area", "choice", options=(Option("east", "East"), Option("west", "West"))),)

def helper(view):
    {helper}

@hookimpl
def eligibility(view):
    return helper(view)

@hookimpl
def pathways(view):
    {pathways}
"""


def checked(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, object], str]:
    code = forces.run(Namespace(action="check", slug="kent", json=True))
    printed = capsys.readouterr()
    (report,) = json.loads(printed.out)
    return code, report, printed.err


@pytest.mark.parametrize(
    ("helper", "pathways", "error"),
    [
        ("return ()", "return None", None),
        ("raise KeyError('CANARY')", "return None", "eligibility: KeyError (plugin_of_synthetic_kent.py, line 13)"),
        (
            "return view.answers['area'] and ()",
            "return None",
            "eligibility: KeyError (plugin_of_synthetic_kent.py, line 13)",
        ),
        (
            "return {'east': (), None: ()}[view.answers.get('area')]",
            "return None",
            "eligibility: KeyError (plugin_of_synthetic_kent.py, line 13)",
        ),
        (
            "import json; json.loads('{')",
            "return None",
            "eligibility: JSONDecodeError (plugin_of_synthetic_kent.py, line 13)",
        ),
        ("return ()", "raise SystemExit", "pathways: SystemExit (plugin_of_synthetic_kent.py, line 21)"),
        (
            "return ()",
            "return 'away' if view.risk == 'high' else None",
            "pathways: pathways named one that is not declared",
        ),
        (
            "return ['met']",
            "return None",
            "eligibility: eligibility holds something that is neither Tighten nor Loosen",
        ),
    ],
)
def test_a_hook_that_fails_for_some_case_is_found(
    helper: str, pathways: str, error: str | None, install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    install("kent", PLUGIN.format(helper=helper, pathways=pathways))
    code, report, err = checked(capsys)
    assert (code, report["error"]) == (1 if error else 0, error)
    assert report["status"] == ("failed" if error else "active")
    assert "CANARY" not in err


def test_whoever_asks_for_it_sees_where_it_happened(
    install: Install, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARA_DEBUG", "1")
    install("kent", PLUGIN.format(helper="raise KeyError('CANARY')", pathways="return None"))
    assert "KeyError: 'CANARY'" in checked(capsys)[2]
    with pytest.raises(ForceSuspended) as refused:
        load_forces(only={"kent"}).adjustments("kent", CaseView("kent"))
    assert "KeyError: 'CANARY'" in capsys.readouterr().err
    assert "CANARY" not in "".join(traceback.format_exception(refused.value))


def test_the_plugins_of_this_repository_answer_every_invented_case(capsys: pytest.CaptureFixture[str]) -> None:
    assert forces.run(Namespace(action="check", slug=None, json=False)) == 0, capsys.readouterr().out
