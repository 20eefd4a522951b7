"""The scheduler: which cohorts to run, and who sits where, proved to be the best there is.

Pure: a `Problem` goes in, a `Plan` comes out; no session, no page, no clock. `what_if` changes problems.
"""

from cara.cohorts.scheduling.first_come import first_come
from cara.cohorts.scheduling.planning import plan
from cara.cohorts.scheduling.problem import Candidate, Person, Plan, Problem

__all__ = ["Candidate", "Person", "Plan", "Problem", "first_come", "plan"]
