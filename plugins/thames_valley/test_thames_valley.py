from cara_thames_valley import plugin


def test_the_force_speaks_with_victims_itself_and_the_provider_learns_one_word() -> None:
    contact = plugin.force_profile().victim_contact
    assert (contact.who, contact.provider_learns) == ("force", "proceed_or_hold")
    assert not contact.provider_is_asked


def test_the_national_rules_stand_here() -> None:
    assert plugin.force_profile().instruments == ()
    assert not hasattr(plugin, "eligibility")


def test_the_local_questions() -> None:
    assert [question.name for question in plugin.extra_questions()] == ["local_policing_area", "contact_team_informed"]
