"""Capacities and roles (DOMAIN §1), as words for people and as values for machines."""

from collections.abc import Mapping
from types import MappingProxyType

from cara.i18n import lazy as _

CAPACITIES: Mapping[str, str] = MappingProxyType(
    {
        "force": _("Police force"),
        "provider": _("Provider"),
        "victim_service": _("Victim service"),
        "commissioner": _("Commissioner"),
        "national": _("Hampton Trust, national"),
    }
)

ROLES: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("force", "referring_officer"): _("Referring officer"),
        ("force", "supervisor"): _("Supervisor"),
        ("force", "victim_contact_officer"): _("Victim contact officer"),
        ("force", "analyst"): _("Analyst"),
        ("force", "administrator"): _("Force administrator"),
        ("force", "system"): _("Records system"),
        ("provider", "coordinator"): _("Coordinator"),
        ("provider", "facilitator"): _("Facilitator"),
        ("provider", "quality_lead"): _("Quality lead"),
        ("provider", "manager"): _("Manager"),
        ("provider", "administrator"): _("Provider administrator"),
        ("victim_service", "victim_worker"): _("Victim worker"),
        ("victim_service", "manager"): _("Victim service manager"),
        ("victim_service", "administrator"): _("Victim service administrator"),
        ("commissioner", "commissioner"): _("Commissioner"),
        ("commissioner", "administrator"): _("Commissioner’s administrator"),
        ("national", "licensing_manager"): _("Licensing manager"),
        ("national", "trainer"): _("Trainer"),
        ("national", "quality_supervisor"): _("Quality supervisor"),
        ("national", "returns_reviewer"): _("Returns reviewer"),
        ("national", "evaluator"): _("Evaluator"),
        ("national", "administrator"): _("National administrator"),
    }
)
"""(capacity, role) → what people call it. `system` is a force's machine client, which no person can hold."""
