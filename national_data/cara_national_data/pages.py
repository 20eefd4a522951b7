"""The page of figures."""

from cara.i18n import lazy as _
from cara.platform.unit_of_work import work
from cara.web.pages.page import Asked, Page, page
from cara.web.routing import get

from cara_national_data.measures import AGE_BANDS, CATALOGUE

BEGINS = {"share": "", "median": _("median number of"), "distribution": ""}
"""How the numerator is introduced, by statistic."""


@get("/figures", does=("figures", "read"))
def figures(request: Asked) -> Page:
    """Says that no figures have been released, and what each will mean."""
    with work(request):
        pass
    return page(request, "national_data/figures.html", measures=CATALOGUE, begins=BEGINS, age_bands=AGE_BANDS)


ROUTES = (figures,)
