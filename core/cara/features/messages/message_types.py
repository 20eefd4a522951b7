"""Kinds of messages: to whom, on which ways, with which facts. One table; checks, the outbox and the documents use it.

Nobody but the person on the course, the officer who referred them, the coordinator who accepted them, a service that they are
sent on to, and whoever in the force watches over records that were opened in an emergency, its data protection officer, whoever
decides about a review, or the address that covers for them, is ever written to.
There is no kind for a victim.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cara.i18n import lazy as _

CHANNELS: Mapping[str, str] = MappingProxyType(
    {"letter": _("Letter"), "email": _("E-mail"), "sms": _("Text message"), "calendar": _("Calendar entry")}
)
BY_HAND = ("letter", "calendar")
"""Ways that somebody prints, posts or hands over; the outbox does not send them."""
LANGUAGES: Mapping[str, str] = MappingProxyType({"en": _("English"), "cy": _("Welsh")})

FACTS: Mapping[str, str] = MappingProxyType(
    {
        "date": "day", "time": "clock", "ends": "clock", "venue": "text", "venue_address": "text", "which": "which",
        "second_date": "day", "second_time": "clock", "second_ends": "clock", "old_date": "day", "answer_by": "day",
        "place": "id", "sequence": "number", "onward": "text", "watcher": "id",
    }
)  # fmt: skip
"""What a caller may give, and how it is written: days and times of the clock in London, words, `first` or `second`; `place`
(one place in one workshop) and `sequence` (how often it changed) are a calendar entry's and stand in no text; `onward` is what a
service knows a referral by; `watcher` is the colleague whom one of several like messages is for, and stands in no text."""
READERS: Mapping[str, str] = MappingProxyType(
    {
        "offender": _("The person on the course"), "officer": _("The officer who referred"),
        "coordinator": _("The coordinator who accepted"), "service": _("The service they are sent on to"),
        "watcher": _("Whoever in the force watches over the record"),
        "second": _("The second officer for emergency access"),
        "data_protection": _("The force’s data protection officer"),
        "supervisor": _("Each supervisor of the force"),
        "cover": _("The force’s cover address for reviews"),
    }
)  # fmt: skip
"""Audience → who that is. Of staff nothing is kept but who they are; their address is read when a message goes."""
UNLISTED = ("watcher", "second", "data_protection", "supervisor", "cover")
"""Audiences whose messages stand on no page of a case, nor in a copy for the person on the course: that there is such a record at
all is not theirs to know, nor the provider's."""
OURS = ("name", "reference", "sender", "sender_phone", "today", "complete_by", "link", "case_link")
"""What the outbox fills in by itself."""
PLACEHOLDERS = frozenset(FACTS) - {"place", "sequence", "watcher"} | frozenset(OURS)
"""The closed list: a text that names another is refused when it is loaded."""


@dataclass(frozen=True, slots=True)
class Kind:
    """`ways`: of each group the first on which the reader can be reached. `method`: what a calendar entry of it does."""

    name: str
    title: str
    audience: str
    ways: tuple[tuple[str, ...], ...]
    facts: frozenset[str] = frozenset()
    calendar: str = ""
    method: str = "REQUEST"
    even_closed: bool = False
    """Goes out although the case was withdrawn or returned meanwhile."""
    spare: bool = False
    """Says again what was said before: left out where the reader cannot be reached on its ways."""


_WRITTEN = ("email", "letter")
_WHERE = frozenset({"date", "time", "ends", "venue", "venue_address"})
_ENTRY = frozenset({"place", "sequence"})
_BOTH = frozenset({"second_date", "second_time", "second_ends"})

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        one.name: one
        for one in (
            Kind("place_offered", _("Place offered"), "offender", (_WRITTEN, ("sms",)), _WHERE | _BOTH | {"answer_by"}),
            Kind("place_booked", _("Place booked"), "offender", (_WRITTEN, ("sms",)), _WHERE | _BOTH),
            Kind(
                "workshop_entry", _("Workshop in the calendar"), "offender", (("calendar",),), _WHERE | _ENTRY,
                calendar="appointment",
            ),
            Kind(
                "date_changed", _("Date changed"), "offender", (_WRITTEN, ("sms",), ("calendar",)),
                _WHERE | _ENTRY | {"old_date", "which"}, calendar="appointment",
            ),
            Kind(
                "place_cancelled", _("Place cancelled"), "offender", (_WRITTEN, ("sms",), ("calendar",)),
                _WHERE | _ENTRY, calendar="appointment", method="CANCEL", even_closed=True,
            ),
            Kind("reminder", _("Reminder"), "offender", (("sms", "email"),), _WHERE | {"which"}, spare=True),
            Kind("missed_workshop", _("Workshop missed"), "offender", (_WRITTEN, ("sms",)), frozenset({"date", "which", "answer_by"})),
            Kind(
                "telephone_appointment", _("Telephone appointment"), "offender", (_WRITTEN, ("sms",), ("calendar",)),
                frozenset({"date", "time", "ends"}) | _ENTRY, calendar="call",
            ),
            Kind("feedback_invitation", _("Invitation to say what one thought"), "offender", (("sms", "email"),)),
            Kind("completion_certificate", _("Certificate of completion"), "offender", (("letter",),), frozenset({"date"})),
            Kind("no_show", _("Workshop missed, to the officer"), "officer", (("email",),)),
            Kind("breach_reported", _("Report for the officer to decide on"), "officer", (("email",),)),
            Kind("onward_referral", _("Referral, to a service"), "service", (("email",),), frozenset({"onward"})),
            Kind("record_opened", _("A record was opened in an emergency"), "watcher", (("email",),), frozenset({"watcher"})),
            Kind(
                "second_named", _("A record was opened in an emergency, with a second officer"), "watcher", (("email",),),
                frozenset({"watcher"}),
            ),
            Kind("second_asked", _("Named as second officer for emergency access"), "second", (("email",),), frozenset({"watcher"})),
            Kind("second_answered", _("A second officer has answered"), "watcher", (("email",),), frozenset({"watcher"})),
            Kind("record_opened_dpo", _("The same, to the force’s data protection officer"), "data_protection", (("email",),), spare=True),
            Kind("review_waits", _("A review waits for a decision"), "supervisor", (("email",),), frozenset({"watcher"})),
            Kind("review_overdue", _("A review is overdue, to the force’s cover address"), "cover", (("email",),), spare=True),
            Kind(
                "review_uncovered", _("A review is overdue, and the force has no cover address"), "supervisor", (("email",),),
                frozenset({"watcher"}),
            ),
            Kind("follow_up_due", _("Follow-up due"), "officer", (("email",),)),
            Kind("last_day_near", _("Last day near, to the officer"), "officer", (("email",),)),
            Kind("last_day_near_here", _("Last day near, to the coordinator"), "coordinator", (("email",),)),
        )
    }
)  # fmt: skip

FAILURES: Mapping[str, str] = MappingProxyType(
    {
        "no_contact": _("There is no telephone number or address to send it to. Add one, then send it again."),
        "not_neutral": _("What would have been seen from outside could have told what the course is about. Ring the person."),
        "case_closed": _("The case was closed before it went."),
        "link_ended": _("What it asks was answered or withdrawn before it went. You do not need to do anything."),
        "day_passed": _("The day of the workshop was over before it could go."),
        "on_hold": _("The case is on hold, so no reminder goes out. You need do nothing: the officer in the case speaks with the person."),
        "refused": _("The sending service refused it. Check the telephone number or address."),
        "key_refused": _("The sending service does not accept CARA’s key. Tell your operator, then send it again."),
        "gave_up": _("The sending service could not be reached for three days. Send it again, or ring the person."),
        "undelivered": _("It could not be delivered. Check the telephone number or address, or write a letter."),
        "no_text": _("There is no text for it. Tell your operator."),
    }
)  # fmt: skip
"""Why a message did not go: code → what to do, for a page."""
