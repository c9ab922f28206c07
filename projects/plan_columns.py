"""What the registration table says of one line (Mẫu số 2, Thông tư 36/2013/TT-BCT), for sheet and paper alike."""

from khuyencong.dates import month_label


def facility_names(project) -> list[str]:
    """“Tên cơ sở (xã, tỉnh)” each; reads the prefetched beneficiaries. What a decision replaced is left out."""
    return [f"{row.facility} ({row.facility.unit})" for row in _taking_part(project)]


def facility_lines(project) -> str:
    return "\n".join(facility_names(project))


def period(project) -> str:
    """Months of work, e.g. “tháng 3/2026 - tháng 11/2026”."""
    return period_between(project.starts_on, project.ends_on)


def period_between(starts_on, ends_on) -> str:
    return " - ".join(month_label(day) for day in (starts_on, ends_on) if day)


def priorities(project) -> str:
    """Criteria of priority that the facilities meet (Thông tư 46/2012/TT-BCT, Điều 6 khoản 2)."""
    facilities = [row.facility for row in _taking_part(project)]
    met = {
        "nguyên liệu trong tỉnh trên 50%": any(facility.uses_local_material for facility in facilities),
        "từ 50 lao động": any((facility.labour_count or 0) >= 50 for facility in facilities),
        "hàng xuất khẩu": any(facility.is_exporter for facility in facilities),
        "sản xuất sạch hơn": any(facility.is_cleaner_production for facility in facilities),
    }
    return "; ".join(name for name, is_met in met.items() if is_met)


def form_of(project) -> str:
    """Điểm, nhóm or cụ thể, as the registration table asks."""
    return "; ".join(filter(None, ["Điểm" if project.is_key else "", project.get_target_mode_display()]))


def aims(project) -> str:
    return joined(project.objective, project.scale, project.activities)


def effect(project) -> str:
    return joined(project.economic_effect, project.social_effect)


def joined(*texts) -> str:
    return "\n".join(text for text in texts if text)


def _taking_part(project):
    return [row for row in project.beneficiaries.all() if row.withdrawn_by_id is None]
