"""What the demo's bodies print: heads with the dates of the mergers, and made-up people who sign."""

from datetime import date, timedelta

from khuyencong.models import Letterhead, Signer
from khuyencong.print_settings import save_setting
from projects.demo.cast import LAST_DAY, Cast

NEW_DAY = LAST_DAY + timedelta(days=1)
CENTRE = "Trung tâm Khuyến công|và Tư vấn phát triển công nghiệp"
DEPARTMENT = "Sở Công Thương"

# body, body above, body itself, place, first day, last day
HEADS = (
    ("ubnd-vinhlong", "", "Ủy ban nhân dân|tỉnh Vĩnh Long", "Vĩnh Long", None, None),
    ("so-vinhlong", "Ủy ban nhân dân|tỉnh Vĩnh Long", DEPARTMENT, "Vĩnh Long", None, LAST_DAY),
    ("so-vinhlong", "Ủy ban nhân dân|tỉnh Vĩnh Long", DEPARTMENT, "Vĩnh Long", NEW_DAY, None),
    ("trungtam-vinhlong", "Sở Công Thương|tỉnh Vĩnh Long", CENTRE, "Vĩnh Long", NEW_DAY, None),
    ("so-soctrang", "Ủy ban nhân dân|tỉnh Sóc Trăng", DEPARTMENT, "Sóc Trăng", None, LAST_DAY),
    ("so-travinh", "Ủy ban nhân dân|tỉnh Trà Vinh", DEPARTMENT, "Trà Vinh", None, LAST_DAY),
    ("so-vungtau", "Ủy ban nhân dân|tỉnh Bà Rịa - Vũng Tàu", DEPARTMENT, "Bà Rịa - Vũng Tàu", None, LAST_DAY),
)
# body, kind of paper, name, post, mode, capacity, first day, last day
SIGNERS = (
    ("ubnd-vinhlong", "", "Nguyễn Hoàng Nam", "Chủ tịch", "TM", "Ủy ban nhân dân", NEW_DAY, None),
    ("so-vinhlong", "", "Trương Minh Nhựt", "Giám đốc", "", "", date(2016, 1, 1), LAST_DAY),
    ("so-vinhlong", "", "Phạm Hữu Lộc", "Giám đốc", "", "", NEW_DAY, None),
    ("so-vinhlong", "dossier_request", "Cao Thị Mỹ Duyên", "Phó Giám đốc", "KT", "Giám đốc", NEW_DAY, None),
    ("so-vinhlong", "paper_reminder", "Cao Thị Mỹ Duyên", "Phó Giám đốc", "KT", "Giám đốc", NEW_DAY, None),
    ("trungtam-vinhlong", "", "Đặng Quốc Thịnh", "Giám đốc", "", "", NEW_DAY, None),
    ("trungtam1", "", "Lương Xuân Bách", "Giám đốc", "", "", None, None),
    ("so-soctrang", "", "Tăng Quốc Dũng", "Giám đốc", "", "", None, LAST_DAY),
)  # fmt: skip


def enter(cast: Cast):
    """Through the service, by the demo's administrator."""
    for body, parent, name, place, begin, end in HEADS:
        head = Letterhead(organisation=cast.bodies[body], parent_lines=parent, name_lines=name, place=place)
        _save(head, begin, end, cast)
    for body, kind, name, post, mode, capacity, begin, end in SIGNERS:
        signer = Signer(organisation=cast.bodies[body], kind=kind, name=name, post=post, mode=mode, capacity=capacity)
        _save(signer, begin, end, cast)


def _save(setting, begin, end, cast):
    setting.valid_from, setting.valid_to = begin, end
    save_setting(setting, by=cast.admin)
