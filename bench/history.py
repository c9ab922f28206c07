"""docs/toc-do.md: every run of the bench with its day, its machine and its figures, the newest first."""

import os
import platform
from datetime import datetime
from pathlib import Path

BOOK = Path(__file__).resolve().parent.parent / "docs" / "toc-do.md"
MARK = "<!-- Các lần đo, mới nhất trước; make bench ghi vào đây. -->"


def write(rows: list[dict], note: str = "") -> None:
    head, _mark, earlier = BOOK.read_text(encoding="utf-8").partition(MARK)
    BOOK.write_text(f"{head}{MARK}\n\n{_entry(rows, note)}\n{earlier.lstrip()}", encoding="utf-8")


def _entry(rows, note):
    words = [f"### {datetime.now():%d/%m/%Y %H:%M}, {_machine()}", ""]
    words += [note, ""] if note else []
    words += ["| Tên | Đo được | Đứng cạnh | Tỷ lệ | Giới hạn | Đạt |", "| --- | ---: | ---: | ---: | ---: | --- |"]
    words += [_line(row) for row in rows]
    return "\n".join(words) + "\n"


def _line(row):
    ours, peer = (f"{_number(row[key])} {row['unit']}".strip() for key in ("ours", "peer"))
    ratio, limit = _number(row["ratio_to_peer"]), _number(row["limit"])
    within = "có" if row["within"] else "**không**"
    return f"| `{row['name']}` | {ours} | {peer} ({row['peer_name']}) | {ratio} | {limit} | {within} |"


def _number(value):
    """Three digits behind the comma at the most, as in Vietnam."""
    return f"{value:.3f}".rstrip("0").rstrip(".").replace(".", ",")


def _machine():
    database = "PostgreSQL" if os.environ.get("DATABASE_URL", "").startswith("postgres") else "SQLite"
    load = os.getloadavg()[0]
    busy = f"{load:.1f}".replace(".", ",")
    return f"{os.cpu_count()} lõi, {platform.machine()}, {database}, tải lúc đo xong {busy}"
