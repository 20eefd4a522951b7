"""Every page of the course."""

from cara.features.course.attendance import pages as attendance_pages
from cara.features.course.case_steps import pages as case_step_pages
from cara.features.course.cohorts import pages as cohort_pages
from cara.features.course.cohorts import venue_pages
from cara.features.course.deadlines import pages
from cara.features.course.outcomes import breach_report_pdf
from cara.features.course.proposals import pages as proposal_pages

ROUTES = (
    *venue_pages.ROUTES, *cohort_pages.ROUTES, *proposal_pages.ROUTES, *attendance_pages.ROUTES,
    *case_step_pages.ROUTES, *breach_report_pdf.ROUTES, *pages.ROUTES,
)  # fmt: skip
