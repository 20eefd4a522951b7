"""Which pathway an eligible case is proposed for. The force proposes, the provider confirms."""

from cara.features.eligibility.rules import Case


def propose(case: Case) -> tuple[str, tuple[str, ...]]:
    """The pathway of an eligible case, with what the provider should know about the proposal.

    The force's own comes first; then the telephone intervention, where a need is recorded or the sex is other; else
    group.
    """
    if case.pathway is not None:
        return case.pathway, ()
    needs = [need.replace("_", " ") for need in case.facts.needs.recorded]
    because = [
        *needs,
        *(["the person is recorded as neither male nor female"] if case.facts.offender.sex == "other" else []),
    ]
    if not because:
        return "group", ()
    possible = " A group with an interpreter is possible too." if "interpreter" in needs else ""
    return "cti", (f"Telephone intervention is proposed ({', '.join(because)}); the provider confirms it.{possible}",)
