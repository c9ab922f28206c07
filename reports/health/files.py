"""What the checks find as an Excel file: all of it, or one check alone."""

from khuyencong.money import format_vnd
from khuyencong.xlsx import Column, SheetExporter
from reports.health.checks import CHECKS, counts_of


class Findings:
    """(check, Finding) of each record, read some hundreds at a time."""

    def __init__(self, user, checks):
        self.user, self.checks = user, checks

    def __iter__(self):
        return self.iterator()

    def iterator(self, chunk_size=500):
        for check in self.checks:
            for row in check.rows(self.user).iterator(chunk_size=chunk_size):
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
        Findings(user, checks),
        subtitle_lines=[f"Kiểm tra: {asked.title if asked else 'tất cả'}", f"Kết quả: {format_vnd(count)} dòng"],
        organisation=str(user.organisation or ""),
        printed_by=str(user),
    )
    return exporter, count
