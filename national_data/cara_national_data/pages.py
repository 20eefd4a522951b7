"""The page of figures."""

from cara.i18n import lazy as _
from cara.routes import get
from cara.shell import Asked, Page, page
from cara.work import work

from cara_national_data.measures import AGE_BANDS, CATALOGUE

PARTS = {
    "share": (_("So many"), _("out of")),
    "median": (_("Middle value of"), _("taken over")),
    "distribution": (_("Make-up of"), _("beside that of")),
}
"""By statistic: what the numerator and the denominator are called."""


@get("/figures", does=("figures", "read"))
def figures(request: Asked) -> Page:
    """Says that no figures have been released, and what each will mean."""
    with work(request):
        pass
    return page(request, "national_data/figures.html", measures=CATALOGUE, parts=PARTS, age_bands=AGE_BANDS)


ROUTES = (figures,)
