"""How somebody can be reached without harm, and the closed lists of words that are kept about reaching them. Pure."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Final

from cara.i18n import lazy as _

POINTS: Final[Mapping[str, str]] = {
    "before_a": _("Before workshop A"),
    "midpoint": _("Between the workshops"),
    "after_b": _("After the course"),
    "throughout": _("Throughout the course"),
}
"""Points of the course at which somebody is spoken with; which of them a force wants is its arrangement's `extent`."""

SURVEY: Final = "survey"
"""The point under which somebody's opinion of the contact itself is kept."""
SAID_AT: Final[Mapping[str, str]] = {**POINTS, SURVEY: _("What they thought of the contact")}

METHODS: Final[Mapping[str, str]] = {
    "phone": _("Telephone call"),
    "video": _("Video call"),
    "text": _("Text message, agreed beforehand"),
    "email": _("Email, agreed beforehand"),
    "visit": _("Visit at home"),
    "in_person": _("Meeting at a safe place"),
    "service": _("Through a support service"),
}

OUTCOMES: Final[Mapping[str, str]] = {
    "spoke": _("We spoke"),
    "no_answer": _("No answer, and nothing was left"),
    "other_answered": _("Somebody else answered; nothing was said"),
    "not_safe": _("It was not safe to speak"),
    "another_time": _("Asked for another time"),
    "wrong_details": _("The number or address is wrong"),
    "declined": _("Does not want to be contacted again"),
    "over": _("No more contact is needed: the case ended in another way"),
}
REACHED: Final = ("spoke",)
"""Outcomes that count as contact at a point."""
DECLINED: Final = "declined"
"""The outcome that records a refusal of contact. The refusal itself is a row of its own, and counts until it is withdrawn."""
ENOUGH: Final = ("over",)
"""After these nobody is due to be contacted any more in this case."""

REFUSED: Final[Mapping[str, str]] = {
    "service": _("The victim service"),
    "police": _("The police"),
    "both": _("The victim service and the police"),
}
"""Whom a victim refuses."""
COMPANY: Final[Mapping[str, str]] = {
    "alone": _("No one else was there"),
    "someone": _("Someone else was there, or could hear"),
    "not_known": _("Not known"),
}
"""Whether anyone was with the victim who refused."""
NOT_RECORDED: Final = "not_recorded"
"""What stands for both in a refusal that was recorded before either was asked."""

WHY_AGAINST: Final[Mapping[str, str]] = {
    "life": _("There was an immediate risk to life"),
    "law": _("The law required it"),
    "they_rang": _("They contacted us"),
    "they_asked": _("They asked for this way, or this time"),
    "earlier": _("It was before they said so"),
    "mistake": _("It was a mistake"),
}
"""Why an attempt was made against what the record says: asked before it is saved."""
WHY_OPENED: Final[Mapping[str, str]] = {
    "life": _("There was an immediate risk to life"),
    "law": _("The law required it"),
    "mind": _("They asked for contact again, and I confirmed it by the safe way"),
    "unused": _("I did not contact them"),
}
"""Why somebody showed the details of a victim who refused contact: asked afterwards."""

DAYS: Final[Mapping[str, str]] = {
    "any": _("Any day"),
    "weekdays": _("Monday to Friday"),
    "weekend": _("Saturday and Sunday"),
}
"""On which days a victim can be reached safely."""

POLICE_INFORMATION: Final = "police_information"
BASES: Final[Mapping[str, str]] = {"": "", POLICE_INFORMATION: _("From police information")}
"""What an assessment was made from, where that is known."""

SOURCES: Final[Mapping[str, str]] = {
    "victim": _("The person themselves"),
    "service": _("A support service that works with them"),
    "police": _("Police records"),
    "other": _("Somebody else"),
}
"""Who said that an address or number has changed."""

NEWS: Final[Mapping[str, str]] = {
    "booked": _("Workshop A is booked"),
    "booked_b": _("Workshop B is booked"),
    "moved_a": _("Workshop A was moved to another day"),
    "moved_b": _("Workshop B was moved to another day"),
    "place_withdrawn": _("The place on the course was taken back"),
    "by_telephone": _("The course goes on by telephone"),
    "attended_a": _("Workshop A was attended"),
    "attended_b": _("Workshop B was attended"),
    "missed_a": _("Workshop A was missed"),
    "missed_b": _("Workshop B was missed: both must be repeated"),
    "corrected": _("The register was corrected"),
    "reported": _("Reported to the police for not keeping to the course"),
    "prosecuted": _("The police decided to prosecute"),
    "excused": _("The police accepted a reasonable excuse"),
    "varied": _("The police gave another last day"),
    "completed": _("The course was completed"),
    "ended": _("The case ended without the course being completed"),
    "refused_elsewhere": _(
        "Another record of this case says: do not contact. Ask the police whether it is the same person"
    ),
    "wanted_elsewhere": _(
        "Another record of this case says: contact is wanted again. Ask the police whether it is the same person"
    ),
}
"""What this side is told of the course: dates and attendance, and no more."""
REFUSED_ELSEWHERE: Final = "refused_elsewhere"
WANTED_ELSEWHERE: Final = "wanted_elsewhere"
"""The news that is not of the course: another keeper of the case knows of a refusal, or of its end."""
ANSWERED: Final = "answered"
"""That somebody answered the survey by its link: no news of the course, but shown among them until somebody has read it."""
ALERTS: Final = frozenset(
    {
        "moved_a",
        "moved_b",
        "missed_a",
        "missed_b",
        "reported",
        "prosecuted",
        "completed",
        "ended",
        "refused_elsewhere",
        "wanted_elsewhere",
    }
)
"""News for which somebody should look again at how safe the person is: it stands first until it was seen."""
OVER: Final = frozenset({"prosecuted", "completed", "ended"})

GRADES: Final[Mapping[str, str]] = {"standard": _("Standard"), "medium": _("Medium"), "high": _("High")}


@dataclass(frozen=True, slots=True)
class SafeContact:
    """How somebody can be reached safely. Everything is optional but must be asked; texts are as they said them."""

    method: str = ""
    """A word of `METHODS`."""
    phone: str = ""
    email: str = ""
    times: str = ""
    """When it is safe, in their words."""
    safe_days: str = ""
    """A word of `DAYS`; empty: not recorded."""
    safe_from: str = ""
    safe_until: str = ""
    """Between which times of those days it is safe, as "14:30"; an end before the start lies on the next day."""
    avoid: str = ""
    """Words not to use."""
    code_word: str = ""
    keep_from: str = ""
    """Who may not be told."""
    language: str = ""
    """The language they want to be spoken with in, where an interpreter is needed."""
    note: str = ""

    def __str__(self) -> str:
        """The JSON that is sealed."""
        return json.dumps({name: text for name, text in asdict(self).items() if text}, ensure_ascii=False)

    @classmethod
    def read(cls, text: str) -> "SafeContact":
        """From the JSON; what is none was written before there was any, and becomes the note."""
        try:
            known = json.loads(text)
        except ValueError:
            return cls(note=text)
        if not isinstance(known, dict):
            return cls(note=text)
        return cls(**{one.name: str(known[one.name]) for one in fields(cls) if one.name in known})

    @property
    def without_details(self) -> "SafeContact":
        """The same without what leads to them: for a record whose victim refused contact, or whose details are in doubt."""
        return replace(self, phone="", email="", note="")

    @property
    def hours(self) -> str:
        """The safe days and times in words, as far as they are recorded."""
        between = " – ".join(one for one in (self.safe_from, self.safe_until) if one)
        words = ", ".join(one for one in (str(DAYS.get(self.safe_days, "")), between) if one)
        return "\n".join(one for one in (words, self.times) if one)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What must be read before anybody rings."""
        return tuple(text for text in (self.avoid, self.keep_from) if text)
