"""Where a victim's words may be read, and by whom: the one exception to the rule that they stand nowhere.

Derived from what a route says it does and from the policy; no page is named here.
"""

from typing import Any

from silence.watch import Secret

READ = frozenset({"victim", "review", "hold", "break_glass"})
"""Resources of the policy that are the victims' room."""
TAKEN_IN = frozenset({"concern", "asked_review"})
"""Resources by which words go in and never come out."""
ONLY_IN = frozenset({("victim", "record"), ("hold", "place")})
"""What may be done to the room by somebody who may not read there."""
TRUST = "hampton_trust"


def is_room(does: tuple[str, str] | None) -> bool:
    """Whether what a route does concerns the room, be it to read or to hand something in."""
    return does is not None and does[0] in READ | TAKEN_IN


def may_read(does: tuple[str, str] | None, actor: Any, forces: Any, secret: Secret) -> bool:
    """Whether the answer of a route that does this may hold a text to this person: they act for its force, or for whoever the
    force's arrangement names to keep it."""
    from cara.platform.access.policy import reach_of

    if does is None or actor is None or does[0] not in READ or does in ONLY_IN:
        return False
    reach = reach_of(actor.capacity, actor.roles, *does)
    if reach == "own_force":
        return actor.force == secret.force
    return reach == "own_victims" and actor.organisation in _keepers(forces, secret.force)


def _keepers(forces: Any, force: str) -> set[str]:
    who = forces.profile(force).victim_contact.who
    return {TRUST} if who == "trust_victim_service" else set()
