"""The scheduler: which cohorts to run, and who sits where, proved to be the best there is.

Pure: a `Problem` goes in, a `Plan` comes out; no session, no page, no clock. `what_if` changes problems.
"""

from cara.features.scheduling.baseline import first_come
from cara.features.scheduling.planner import plan
from cara.features.scheduling.problem import Candidate, Person, Plan, Problem

__all__ = ["Candidate", "Person", "Plan", "Problem", "first_come", "plan"]
