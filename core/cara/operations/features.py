"""List the features that the application is made of. Nothing else knows them by name."""

from collections.abc import Iterator

from cara.feature import Feature, register
from cara.features.accounts.feature import FEATURE as ACCOUNTS
from cara.features.course.feature import FEATURE as COURSE
from cara.features.eligibility.feature import FEATURE as ELIGIBILITY
from cara.features.help.feature import FEATURE as HELP
from cara.features.home.feature import FEATURE as HOME
from cara.features.messages.feature import FEATURE as MESSAGES
from cara.features.onward_services.feature import FEATURE as ONWARD_SERVICES
from cara.features.referrals.feature import FEATURE as REFERRALS
from cara.features.retention.feature import FEATURE as RETENTION
from cara.features.scheduling.feature import FEATURE as SCHEDULING
from cara.features.subject_access.feature import FEATURE as SUBJECT_ACCESS
from cara.features.victims.feature import FEATURE as VICTIMS

PLATFORM = Feature(
    "platform",
    "cara",
    routes=("web.health:ROUTES",),
    templates=("platform/data_export/templates",),
    models=(
        "platform.ledger.models",
        "platform.reference_data.models",
        "platform.access.models",
        "platform.idempotency",
        "platform.plugins.models",
        "platform.one_time_links",
    ),
)
"""What the features stand on brings pages and tables of its own."""
CORE = (
    PLATFORM,
    ACCOUNTS,
    HELP,
    ELIGIBILITY,
    SCHEDULING,
    REFERRALS,
    COURSE,
    VICTIMS,
    ONWARD_SERVICES,
    MESSAGES,
    RETENTION,
    SUBJECT_ACCESS,
    HOME,
)


def installed() -> tuple[Feature, ...]:
    """Return the core's features, then those of other distributions, switched off or not: their tables stay."""
    return (*CORE, *_first_party())


def enabled() -> tuple[Feature, ...]:
    """Return the core's features, then those of other distributions that are not switched off."""
    from cara.platform.plugins.installed import disabled_slugs

    return (*CORE, *(feature for feature in _first_party() if feature.name not in disabled_slugs()))


def _first_party() -> Iterator[Feature]:
    from cara.platform.plugins.installed import first_party_plugins  # a command that asks no plugin starts without them

    return (plugin.entry_point.load().feature() for plugin in first_party_plugins())


register(installed)
