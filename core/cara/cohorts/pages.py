"""Every page of the course."""

from cara.cohorts import board, case_pages, cohort_pages, register_pages, venue_pages

ROUTES = (*venue_pages.ROUTES, *cohort_pages.ROUTES, *register_pages.ROUTES, *case_pages.ROUTES, *board.ROUTES)
