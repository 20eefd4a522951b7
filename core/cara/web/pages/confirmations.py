"""What a page says was just done, by the word in its address."""

from collections.abc import Mapping
from typing import Final

from cara.i18n import lazy

DONE: Final[Mapping[str, str]] = {
    "saved": lazy("Saved."),
    "attempt": lazy("The attempt has been saved. Write down what they said."),
    "sent": lazy("The referral has been made."),
    "proposed": lazy("Sent to an authorising officer."),
    "moved": lazy("Done. The timeline below shows it."),
    "made": lazy("The cohort has been made."),
    "taken": lazy("Accepted. What was made, and what could not be, stands below."),
    "date": lazy("Moved. Everybody with a place goes along."),
    "register": lazy("The register has been saved."),
    "cancelled": lazy("The cohort has been cancelled."),
    "disclosed": lazy("Written down. The case is on hold: no workshop takes place until the police decide."),
    "risen": lazy(
        "Saved. The answer has opened a disclosure review, and the police decide. If someone is in danger now, call 999."
    ),
    "to_write_down": lazy(
        "Saved. A disclosure review is open, and the police decide. Now write down what the victim said. If someone is in danger, call 999."
    ),
    "asked": lazy("The provider is asked for its view. It sees the risk as one word, and the question."),
    "looked_through": lazy("The list is over. From now on such an answer holds the case when it is recorded."),
    "held": lazy("The case is on hold: no workshop takes place until a supervisor of the police releases it."),
    "cancellable": lazy("Approved. The provider may cancel the place. The case stays on hold."),
    "released": lazy("Released. Workshops may go on, unless something else holds the case."),
    "concern": lazy("Passed on to the police. The case is on hold until they decide."),
    "answered": lazy("Sent."),
    "decided": lazy("Decided, and on record with your name."),
    "suspended": lazy("Group work is suspended. Everybody goes by telephone."),
    "resumed": lazy("Groups are held again."),
    "written": lazy("The service is written to. Whether the e-mail has gone stands below; its link works for 14 days."),
    "added": lazy("Added."),
    "granted": lazy("Granted."),
    "ended": lazy("Ended. It holds from now on."),
    "discarded": lazy("The draft has been discarded."),
    "confirmed": lazy("Confirmed. It counts on the days that it names."),
    "refused_contact": lazy(
        "The refusal is saved. Contact is cancelled, and the number and the address are folded away."
    ),
    "wants_contact": lazy(
        "Saved. The side that you chose can contact the victim again. A refusal of the other side still applies."
    ),
    "explained": lazy("The reason is saved. It is in the timeline of the record."),
    "police_risk": lazy("The grade from police information is saved. It is the latest assessment of this record."),
    "second_agreed": lazy("Your answer is saved. The supervisors of the force can see it."),
    "handed_over": lazy("Handed over. Only those who speak with victims can read it now."),
    "erased": lazy("Erased. The key is destroyed, and nothing of it can be read any more."),
    "retired": lazy("Proposed to the force. Its administrator must confirm it; until then the force stays suspended."),
    "taken_back": lazy("Taken back. Nothing else has changed."),
    "national": lazy("Confirmed. From now on the national rules answer for your force."),
    "brought_back": lazy("The plugin counts again. CARA must be started again; until then the force is suspended."),
    "older": lazy("Accepted. The older version’s rules count from now on."),
    "waits": lazy("Proposed to the force. Its administrator must confirm it."),
    "contact_changed": lazy("Confirmed. New records go to those who contact victims now."),
    "recorded": lazy("Confirmed, and on record. The force’s rules do not use it, so it allows nothing."),
}
"""Word in the address → what the page says. Words only: no name is ever part of an address."""
