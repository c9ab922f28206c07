"""Tables of a report page, kept while nothing changes; what leaves the portal is always counted anew."""

from khuyencong.kept import kept
from reports.evaluation.figures import Table
from reports.evaluation.selection import Selection
from reports.evaluation.tables import all_tables


def kept_tables(selection: Selection) -> dict[str, Table]:
    """As `all_tables`."""
    user = selection.user
    seen = "all" if user.sees_all_provinces else (sorted(user.province_ids), user.organisation_id)
    question = (
        "evaluation", [program.pk for program in selection.programs], selection.starts_on, selection.ends_on,
        str(selection.basis), selection.until, selection.scope, selection.place and selection.place.pk,
        str(selection.division), seen,
    )  # fmt: skip
    return kept(question, lambda: all_tables(selection))
