"""What the checks find as an Excel file: all of it, or one check alone."""

from khuyencong.money import format_vnd
from khuyencong.together import rows_together
from khuyencong.xlsx import Column, SheetExporter
from reports.health.checks import CHECKS, counts_of

# Checks that find no more are asked with one statement.
FEW = 500


class Findings:
    """(check, Finding) of each record: of checks that find few all at once, of others some hundreds at a time."""

    def __init__(self, user, checks, counts):
        self.user, self.counts = user, counts
        self.checks = [check for check in checks if counts[check.key]]

    def __iter__(self):
        return self.iterator()

    def iterator(self, chunk_size=500):
        few = [check for check in self.checks if self.counts[check.key] <= FEW]
        read = rows_together({check.key: check.rows(self.user) for check in few})
        for check in self.checks:
            rows = read[check.key] if check in few else check.rows(self.user).iterator(chunk_size=chunk_size)
            for row in rows:
                yield check, check.tell(row)


class HealthExporter(SheetExporter):
    title = "Số liệu chưa khớp"
    filename = "suc-khoe-du-lieu"
    numbered = True
    columns = (
        Column("Điều chưa khớp", lambda row: row[0].title),
        Column("Hồ sơ", lambda row: row[1].subject),
        Column("Chi tiết", lambda row: row[1].detail),
        Column("Cách sửa", lambda row: row[0].mend),
        Column("Trang để sửa", lambda row: row[1].url),
    )


def health_list(user, query):
    """(exporter, number of rows) of the check that `loi` names, of all checks without one."""
    asked = CHECKS.get(query.get("loi", ""))
    counts = counts_of(user)
    checks = [asked] if asked else list(CHECKS.values())
    count = sum(counts[check.key] for check in checks)
    exporter = HealthExporter(
        Findings(user, checks, counts),
        subtitle_lines=[f"Kiểm tra: {asked.title if asked else 'tất cả'}", f"Kết quả: {format_vnd(count)} dòng"],
        organisation=str(user.organisation or ""),
        printed_by=str(user),
    )
    return exporter, count
