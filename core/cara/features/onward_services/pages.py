"""Every page of onward help."""

from cara.features.onward_services import budget_pages, case_pages, directory_pages, link_pages, referral_pages

ROUTES = (
    *directory_pages.ROUTES, *budget_pages.ROUTES, *case_pages.ROUTES, *referral_pages.ROUTES, *link_pages.ROUTES
)  # fmt: skip
