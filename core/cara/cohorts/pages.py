"""Every page of the course."""

from cara.cohorts import board, case_pages, cohort_pages, failure, needs_me, register_pages, venue_pages
from cara.cohorts.proposals import pages as proposal_pages

ROUTES = (
    *needs_me.ROUTES, *venue_pages.ROUTES, *cohort_pages.ROUTES, *proposal_pages.ROUTES, *register_pages.ROUTES,
    *case_pages.ROUTES, *failure.ROUTES, *board.ROUTES,
)  # fmt: skip
