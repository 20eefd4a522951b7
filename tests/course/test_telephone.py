"""The course by telephone, and groups that are suspended."""

import pytest
from cara.errors import Conflict, NotFound, NotNow
from cara.features.course.outcomes import closure
from cara.features.course.records import queries
from cara.features.course.telephone import actions, group_suspension
from cara.features.referrals.states import state_of
from synthetic.browser import form_of

from .conftest import FORCE, PROVIDER
from .doing import book, state, through_a


def test_by_telephone_both_are_covered_in_order(stage):
    one, cohort = stage.accepted(), stage.cohort(7)
    book(stage, one, cohort)
    with stage.doing() as w:
        case = stage.case(w, one)
        actions.begin(w, case, case.version, ["language"])
        assert (state_of(case), queries.cohort(w, cohort).taken) == ("by_telephone", 0)
        with pytest.raises(Conflict):
            actions.session(w, case, case.version, stage.today, "covered_b")
        actions.session(w, case, case.version, stage.today, "no_answer")
        actions.session(w, case, case.version, stage.today, "covered_a")
        with pytest.raises(Conflict):
            actions.session(w, case, case.version, stage.today, "covered_b")
    stage.turn(5)
    with stage.doing() as w:
        case = stage.case(w, one)
        actions.session(w, case, case.version, stage.today, "covered_b")
        closure.complete(w, case, case.version)
        assert state_of(case) == "completed"


def test_group_work_suspended_and_back(stage):
    placed, cohort = stage.accepted(), stage.cohort(7)
    book(stage, placed, cohort)
    needs_it = stage.accepted()
    with stage.doing() as w:
        actions.begin(w, case := stage.case(w, needs_it), case.version, ["health"])
    done_a, _cohort = through_a(stage)
    with stage.doing(f"{PROVIDER}.manager") as w:
        assert group_suspension.suspend(w, FORCE, "Synthetic outbreak") >= 2
        number = group_suspension.pauses(w)[0].id
        with pytest.raises(NotNow):
            group_suspension.suspend(w, FORCE, "Synthetic again")
    assert [state(stage, one) for one in (placed, done_a)] == ["by_telephone", "attended_a"]
    new = stage.accepted()
    with pytest.raises(Conflict, match="suspended"):
        book(stage, new, stage.cohort(3))
    with stage.doing(f"{PROVIDER}.manager") as w:
        group_suspension.resume(w, number or 0)
    assert [state(stage, one) for one in (placed, done_a, needs_it)] == ["accepted", "attended_a", "by_telephone"]
    book(stage, placed, stage.cohort(3))
    assert state(stage, placed) == "booked"


def test_a_force_suspends_every_provider(stage):
    one = stage.accepted()
    with stage.doing(f"{FORCE}_police.supervisor") as w:
        group_suspension.suspend(w, FORCE, "Synthetic order")
    assert state(stage, one) == "by_telephone"
    with stage.doing() as w:
        (seen,) = (one for one in group_suspension.pauses(w) if one.provider_id is None)
    with stage.doing() as w, pytest.raises(NotFound):
        group_suspension.resume(w, seen.id)  # it is the force's, not the provider's


def test_a_force_suspends_group_work_that_a_provider_has_suspended_already(stage):
    with stage.doing() as w:
        group_suspension.suspend(w, FORCE, "Synthetic outbreak")
    with stage.police() as w:
        group_suspension.suspend(w, FORCE, "Synthetic outbreak everywhere")
        assert len(group_suspension.pauses(w)) == 2
    with stage.police() as w, pytest.raises(NotNow):
        group_suspension.suspend(w, FORCE, "Again")


def test_somebody_confirmed_for_the_telephone_may_come_to_a_group_after_all(stage):
    one, cohort = stage.accepted(format_confirmed="cti"), stage.cohort(7)
    with pytest.raises(Conflict, match="another group"):
        book(stage, one, cohort)
    with stage.doing() as w:
        actions.begin(w, case := stage.case(w, one), case.version, ["language"])
        actions.back_to_group(w, case, case.version)
        assert case.format_confirmed == "group"
    book(stage, one, cohort)
    assert state(stage, one) == "booked"


def test_groups_held_again_change_no_format_that_was_confirmed(stage):
    one = stage.accepted(format_confirmed="cti")
    with stage.doing() as w:
        group_suspension.suspend(w, FORCE, "Synthetic outbreak")
    with stage.doing() as w:
        group_suspension.resume(w, group_suspension.pauses(w)[0].id or 0)
        case = stage.case(w, one)
        assert (state_of(case), case.format_confirmed) == ("accepted", "cti")


def test_the_step_back_to_a_group_says_what_it_confirms_and_leads_on(as_person, stage):
    one = stage.accepted(format_confirmed="cti")
    with stage.doing() as w:
        actions.begin(w, case := stage.case(w, one), case.version, ["language"])
    coordinator, step = as_person(f"{PROVIDER}.coordinator"), f"/cases/{one}/group-again"
    asked = coordinator.get(step).text
    assert asked.index("CARA Telephone Intervention") < asked.index("Group workshops")
    assert coordinator.send(step, form_of(asked, step)).status_code == 303
    assert f'href="/cases/{one}/place"' in coordinator.get(f"/cases/{one}").text
