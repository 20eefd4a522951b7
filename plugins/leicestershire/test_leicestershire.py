from cara_leicestershire import plugin


def test_the_national_rules_stand_here() -> None:
    assert plugin.force_profile().instruments == ()
    assert not hasattr(plugin, "eligibility")
    assert not hasattr(plugin, "pathways")


def test_the_three_authorities_that_fund_the_next_step() -> None:
    authority, told = plugin.extra_questions()
    assert [option.value for option in authority.options] == ["city", "county", "rutland"]
    assert (told.name, told.kind) == ("told_of_jenkins_centre", "yes_no")


def test_victims_are_engaged_with_throughout() -> None:
    contact = plugin.force_profile().victim_contact
    assert contact.who == "trust_victim_service"
    assert "throughout" in contact.extent
