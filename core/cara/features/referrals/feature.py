"""Describe referrals: drafts, imports, the list and the pages of cases."""

from cara.feature import Command, Feature, Job

FEATURE = Feature(
    "referrals",
    __package__,
    routes=("pages:ROUTES",),
    templates=("templates",),
    jobs=(Job("uploads", "csv_import.uploads:expire_in", "{done:,} files of imports were deleted.", 30),),
    models=("models",),
    commands=(Command("import", "make drafts of a records system's export", "csv_import.import_command", 60),),
)
