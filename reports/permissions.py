"""Who may do what with evaluation reports; everyone who sees the programme reads them."""

from khuyencong.permissions import belongs_to
from projects.permissions import CONFIRMERS, DRAFTERS, role_refusal

WRITING, ISSUING = "Soạn báo cáo đánh giá", "Phát hành báo cáo đánh giá"


def can_create_evaluation(user) -> bool:
    """Whoever drafts projects draws up the report on them."""
    return user.role in DRAFTERS and user.organisation is not None


def writing_refusal(user, record) -> str | None:
    """Why someone may not write a report of this programme, or enter figures known as a sum."""
    return role_refusal(user, record, DRAFTERS, WRITING)


def issuing_refusal(user, evaluation) -> str | None:
    return role_refusal(user, evaluation, CONFIRMERS, ISSUING)


def may_write(user, record) -> bool:
    return user.role in DRAFTERS and belongs_to(user, record)
