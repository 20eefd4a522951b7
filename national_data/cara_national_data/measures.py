"""The catalogue of measures: what each figure counts, and among whom. Data alone; nothing here computes.

A figure that is published later goes by its measure's key, so that everybody reads it in the same meaning.
"""

from dataclasses import dataclass
from typing import Final, Literal

from cara.i18n import lazy as _

Statistic = Literal["share", "median", "distribution"]

DECISION_2023: Final = _("Hampshire PCC decision PCCDJ 000693 2023")
OVERVIEW_2021: Final = _("CARA overview and FAQs 2021")
TRIAL_2017: Final = _("Strang et al. 2017, the randomised trial")
PROPOSED: Final = _("Proposed here; to be confirmed by the Hampton Trust")


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure. Of a share, so many of so many; of a median or distribution, what is measured and in whom."""

    key: str
    name: str
    numerator: str
    denominator: str
    source: str
    statistic: Statistic = "share"
    note: str = ""


CATALOGUE: Final[tuple[Measure, ...]] = (
    Measure(
        "compliance",
        _("Compliance"),
        _("people whose case closed in the period with the course completed"),
        _("people whose case closed in the period, for whatever reason"),
        DECISION_2023,
        note=_("Read from the published totals; the decision itself gives no definition."),
    ),
    Measure(
        "compliance_of_referred",
        _("Compliance of those referred"),
        _("people who have completed the course, whenever that was"),
        _("people referred in the period"),
        PROPOSED,
        note=_("Changes until the last of their cases is closed."),
    ),
    Measure(
        "victim_engagement",
        _("Victim engagement"),
        _("victims who engaged with the contact service"),
        _("victims whom the service tried to contact at least once"),
        PROPOSED,
        note=_("Shown apart by who makes the contact: the police, the provider or a victim service."),
    ),
    Measure(
        "victim_engagement_of_all",
        _("Victim engagement of all victims"),
        _("victims who engaged with the contact service"),
        _("all victims of the cases referred"),
        PROPOSED,
        note=_("Shown apart by who makes the contact: the police, the provider or a victim service."),
    ),
    Measure(
        "feedback_return",
        _("Feedback returned"),
        _("feedback forms returned"),
        _("people who completed the course"),
        PROPOSED,
    ),
    Measure(
        "impact",
        _("Impact reported by those who attended"),
        _("forms that answer “some” or “a lot”"),
        _("forms that answer this question"),
        DECISION_2023,
        note=_(
            "One figure for each of four questions: awareness of domestic abuse, personal and family relationships, the view of "
            "one’s own behaviour, motivation to change. The scale runs from none over a little and some to a lot; that it has "
            "these four steps is proposed here."
        ),
    ),
    Measure(
        "positive_change",
        _("Positive change seen by victims"),
        _("victims who report a change for the better"),
        _("victims who are still with the person, or in contact"),
        OVERVIEW_2021,
    ),
    Measure(
        "attitude",
        _("Changed attitude"),
        _("people who report that their attitude has changed"),
        _("people who were asked at the end of the course"),
        OVERVIEW_2021,
        note=_("The overview does not say among whom it counted."),
    ),
    Measure(
        "reoffending_after_course",
        _("Re-offending after the course"),
        _("people with at least one new domestic-abuse offence within 365 days"),
        _("people who completed the course at least 365 days ago"),
        OVERVIEW_2021,
    ),
    Measure(
        "reoffending_after_allocation",
        _("Re-offending after allocation"),
        _("people with at least one new domestic-abuse offence within 365 days"),
        _("people allocated by lot, in a trial, at least 365 days ago"),
        TRIAL_2017,
        note=_(
            "Counts everybody as they were allocated, whether they came or not. Never to be mixed with the figure above."
        ),
    ),
    Measure(
        "in_time",
        _("Completed in time"),
        _("people who completed the course within 16 weeks: by day 112, the day of the caution being day 0"),
        _("people who completed the course in the period"),
        OVERVIEW_2021,
        note=_("That the weeks run from the caution is proposed here."),
    ),
    Measure(
        "days_to_first_workshop",
        _("Time to the first workshop"),
        _("days from the referral to the first workshop"),
        _("people who attended their first workshop in the period"),
        PROPOSED,
        "median",
    ),
    Measure(
        "days_between_workshops",
        _("Time between the workshops"),
        _("days from the first workshop to the second"),
        _("people who attended their second workshop in the period"),
        PROPOSED,
        "median",
    ),
    Measure(
        "representativeness",
        _("Who is reached"),
        _("people on CARA, by age, sex and other characteristics"),
        _("beside the population of the same area, by the same characteristics"),
        DECISION_2023,
        "distribution",
        note=_("Two distributions side by side; the first is not a part of the second."),
    ),
)

AGE_BANDS: Final = ("18–24", "25–34", "35–44", "45–54", _("55 and over"))
"""The bands in which ages are shown, in years."""
