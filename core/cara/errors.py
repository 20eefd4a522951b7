"""Every error that CARA raises on purpose, as one tree.

    CaraError
    ├── BadInput            what was sent has faults, each named              422
    │   └── KeyReused       an idempotency key came back with another body    422
    ├── NotSignedIn         no valid session or token                         401
    ├── Forbidden           the policy says no                                403
    ├── NotFound            nothing there that this person may see            404
    ├── Conflict            the world has moved on                            409
    │   ├── Stale           somebody else changed the record meanwhile        409
    │   └── NotNow          the case is in a state that does not allow it     409
    ├── NotLicensed         no licence clears this provider in this force     409
    ├── SignInRefused       the identity provider's answer is not acceptable  403
    ├── TooMany             somebody failed too often; says when to try again 429
    ├── ForceSuspended      the force's plugin is missing or broken           503
    ├── Unavailable         something this depends on is down                 503
    │   └── StillSaving     an earlier sending has not come to its end       503
    ├── Misconfigured       a setting is wrong; says which and what to do     500
    └── WallBreached        a defect: code asked across a wall                500

Messages are read by people: they say what to do next. They never hold personal data, because they reach logs.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one piece of input. `field` is a path such as `offence.date`; `code` is stable, for machines."""

    field: str
    code: str
    message: str


class CaraError(Exception):
    """Root of the tree. `status` is the HTTP status, `title` the heading of the problem page."""

    status = 500
    title = "Something went wrong"

    def __init__(self, message: str = "") -> None:
        super().__init__(message or self.title)
        self.message = message or self.title


class BadInput(CaraError):
    """What was sent has faults; `faults` names each of them."""

    status = 422
    title = "There is a problem with what was sent"

    def __init__(self, message: str = "", faults: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.faults = tuple(faults)


class KeyReused(BadInput):
    """The same idempotency key came with a different body."""

    title = "This form was already sent with other answers"


class NotSignedIn(CaraError):
    """No valid session or token. Pages lead to sign-in, the API answers 401."""

    status = 401
    title = "Sign in to continue"


class Forbidden(CaraError):
    """The policy has no row that allows it."""

    status = 403
    title = "You cannot do this"


class NotFound(CaraError):
    """Nothing there, or nothing that this person may know of: the two read the same."""

    status = 404
    title = "Page not found"


class Conflict(CaraError):
    """What was asked does not fit the present state."""

    status = 409
    title = "This has changed"


class Stale(Conflict):
    """Somebody else saved the record after this person opened it."""

    title = "Somebody else has changed this since you opened it"


class NotNow(Conflict):
    """The transition table has no row for this action from this state."""

    title = "This cannot be done now"


class NotLicensed(CaraError):
    """No licence in force clears the provider to deliver in the force."""

    status = 409
    title = "No licence covers this"


class SignInRefused(CaraError):
    """The identity provider's answer failed a check, or names nobody who may sign in."""

    status = 403
    title = "You could not be signed in"


class TooMany(CaraError):
    """Somebody failed too often before signing in, on a link or with refused forms. `seconds` says how long they wait."""

    status = 429
    title = "Wait before you try again"

    def __init__(self, seconds: int) -> None:
        self.seconds = max(seconds, 1)
        self.minutes = -(-self.seconds // 60)
        wait = "a minute" if self.minutes == 1 else f"{self.minutes} minutes"
        super().__init__(f"There were too many attempts from here. Try again in {wait}. Nothing was saved.")


class ForceSuspended(CaraError):
    """A force's plugin is missing or broken; what asks it is refused, the other forces work."""

    status = 503
    title = "This force is suspended"

    def __init__(self, force: str, message: str = "") -> None:
        super().__init__(message)
        self.force = force


class Unavailable(CaraError):
    """Something this depends on does not answer, or did not in the middle of the work: what was sent may have been saved."""

    status = 503
    title = "CARA is not available at the moment"
    retry_after = 60
    """Seconds after which to try again."""


class StillSaving(Unavailable):
    """The same form was sent a moment ago, and is being worked on."""

    title = "CARA is still working on what you sent"
    retry_after = 2


class Misconfigured(CaraError):
    """A setting is wrong. The message names it and says what to do."""

    title = "CARA is not set up correctly"


class WallBreached(CaraError):
    """A defect, never a person's mistake: code reached for data without, or outside, its scope."""
