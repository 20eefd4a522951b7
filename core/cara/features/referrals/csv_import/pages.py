"""Pages of an import: send a file, see what would come of it, download what is wrong, import."""

import hashlib
from dataclasses import dataclass, replace
from typing import Any, Literal

from litestar import Response
from litestar.datastructures import UploadFile
from litestar.di import Provide
from litestar.response import Redirect

from cara.errors import BadInput, Fault
from cara.features.referrals.csv_import import uploads
from cara.features.referrals.csv_import.actions import column_map
from cara.features.referrals.csv_import.columns import COLUMNS, REQUIRED
from cara.features.referrals.csv_import.decode import file_fault
from cara.features.referrals.csv_import.error_reports import findings_csv, rejected_csv
from cara.features.referrals.csv_import.table import open_table
from cara.i18n import gettext as _
from cara.i18n import lazy
from cara.platform.unit_of_work import Work, new_token, work
from cara.web.pages.page import Asked, Form, Page, faults_of, once, page
from cara.web.routing import get, post
from cara.web.ui.fragments import Row, Tag

MOST_BYTES = 10 * 1024 * 1024
SHOWN = 100
HEADINGS = (
    lazy("File"),
    lazy("Sent"),
    lazy("Stands at"),
    lazy("Drafts made"),
    lazy("Already here"),
    lazy("With faults"),
)
_CSV = "text/csv; charset=utf-8"


@dataclass(frozen=True, slots=True)
class SentFile:
    """The file of a form; empty if none was chosen. Its name is not kept: it may name somebody."""

    content: bytes = b""


async def sent_file(request: Asked) -> SentFile:
    """Dependency: the one file that the form holds."""
    for name, value in (await request.form()).multi_items():
        if name == "file" and isinstance(value, UploadFile) and value.filename:
            return SentFile(await value.read(MOST_BYTES + 1))
    return SentFile()


@get("/imports", does=("import", "run"))
def show_imports(request: Asked) -> Page:
    return _front(request)


def _front(request: Asked, faults: tuple[Fault, ...] = (), status: int = 200) -> Page:
    with work(request) as w:
        files = uploads.newest(w)
    rows = [
        Row(f"/imports/{one.reference}", (one.reference, one.made_at, _standing(one), *_numbers(one))) for one in files
    ]
    return page(
        request, "referrals/import_front.html", status=status, rows=rows, headings=HEADINGS, faults=faults, key=new_token(),
        required=REQUIRED, others=[name for name in COLUMNS if name not in REQUIRED], megabytes=MOST_BYTES >> 20,
    )  # fmt: skip


def _standing(one: Any) -> Tag:
    return Tag(_("Imported"), "green") if one.imported_at else Tag(_("Not imported yet"), "yellow")


def _numbers(one: Any) -> tuple[str | None, ...]:
    return tuple(f"{each:,}" if one.imported_at else None for each in (one.accepted, one.duplicates, one.rejected))


@post("/imports", does=("import", "run"), dependencies={"sent": Provide(sent_file)})
def send_file(request: Asked, form: Form, sent: SentFile) -> Page | Redirect:
    """Keep the file and show what would come of it. One that is no export is refused, and not kept."""
    form.only("file")  # where no file was chosen, a browser sends its field as an empty text
    # The file belongs to what this form said: its key cannot be used again for another one.
    whole = Form({**form, "file": [hashlib.sha256(sent.content).hexdigest()]})

    def act(w: Work) -> str:
        _check(sent.content, w, request)
        return f"/imports/{uploads.hold(w, sent.content)}"

    try:
        return once(request, whole, act)
    except BadInput as error:
        # Whatever column a fault is in, what can be mended on this page is the file.
        return _front(request, tuple(replace(fault, field="file") for fault in faults_of(error)), error.status)


def _check(content: bytes, w: Work, request: Asked) -> None:
    if not content:
        raise file_fault("file_missing", _("Choose a CSV file. An empty one cannot be imported."))
    if len(content) > MOST_BYTES:
        raise file_fault(
            "file_too_large",
            _("The file is over {size} MB. Split it, or ask your operator to import it.").format(size=MOST_BYTES >> 20),
        )
    for _record in open_table(content, _map(w, request)).records:
        pass  # to the end: a file with more rows than an import takes is refused now, not on every page of it


def _map(w: Work, request: Asked) -> Any:
    return column_map(w, request.app.state.forces, w.actor.force or "")


@get("/imports/{reference:str}", does=("import", "run"))
def show_import(request: Asked, reference: str) -> Page:
    """What would come of the file now, or what came of it."""
    try:
        with work(request) as w:
            upload, plan = uploads.look(w, reference, _map(w, request))
    except BadInput as error:
        return _unreadable(request, reference, error)
    return page(
        request, "referrals/import_file.html", upload=upload, plan=plan, findings=plan.findings[:SHOWN] if plan else (),
        key=new_token(),
    )  # fmt: skip


def _unreadable(request: Asked, reference: str, error: BadInput) -> Page:
    """A held file that can be read no more (the force's headings changed meanwhile): what is wrong, and the way to be rid of it."""
    with work(request) as w:
        upload = uploads.read(w, reference)
    return page(
        request, "referrals/import_file.html", status=error.status, upload=upload, plan=None, findings=(), faults=faults_of(error),
        key=new_token(),
    )  # fmt: skip


@get("/imports/{reference:str}/findings", does=("import", "run"))
def download_findings(request: Asked, reference: str) -> Response[bytes]:
    return _download(request, reference, "findings")


@get("/imports/{reference:str}/rejected", does=("import", "run"))
def download_rejected(request: Asked, reference: str) -> Response[bytes]:
    return _download(request, reference, "rejected")


def _download(request: Asked, reference: str, what: Literal["findings", "rejected"]) -> Response[bytes]:
    with work(request) as w:
        columns = _map(w, request)
        upload, plan = uploads.look(w, reference, columns)
    findings = plan.findings if plan else []
    if what == "findings" or not upload.content:
        text = "".join(findings_csv(findings))
    else:
        text = "".join(rejected_csv(upload.content, findings, column_map=columns))
    return Response(
        text.encode("utf-8", "replace"),
        media_type=_CSV,
        # The file's reference is ours and random: neither it nor its name says whose rows these are.
        headers={"Content-Disposition": f'attachment; filename="{what}-{upload.reference}.csv"'},
    )


@post("/imports/{reference:str}/run", does=("import", "run"))
def run_import(request: Asked, form: Form, reference: str) -> Redirect:
    form.only()

    def act(w: Work) -> str:
        uploads.run(w, reference, _map(w, request))
        return f"/imports/{reference}"

    return once(request, form, act)


@post("/imports/{reference:str}/discard", does=("import", "run"))
def discard_file(request: Asked, form: Form, reference: str) -> Redirect:
    form.only()

    def act(w: Work) -> str:
        uploads.discard(w, reference)
        return "/imports"

    return once(request, form, act)


ROUTES = (show_imports, send_file, show_import, download_findings, download_rejected, run_import, discard_file)
