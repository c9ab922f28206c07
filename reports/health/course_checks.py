"""Checks of the course of work: minutes, days in order, contracts that ran out."""

from django.db.models import Exists, F, OuterRef
from django.urls import reverse

from khuyencong.dates import short_date, today
from projects.models import DONE_PROJECT, Acceptance, Contract, ContractStatus, Disbursement, Project
from projects.progress import AT_WORK
from reports.health.check import Check, Finding


def done_without_minutes(user):
    minutes = Acceptance.objects.filter(project=OuterRef("pk"), is_final=True, voided_at=None)
    rows = Project.objects.visible_to(user).filter(~Exists(minutes), status__in=DONE_PROJECT)
    return rows.order_by("-plan__year", "code", "pk")


def tell_without_minutes(project):
    detail = f"Trạng thái “{project.get_status_display()}”, không có biên bản nghiệm thu toàn bộ còn hiệu lực"
    return Finding(str(project), reverse("projects:acceptances", args=[project.pk]), detail)


def accepted_before_decided(user):
    seen = Project.objects.visible_to(user).order_by().values("pk")
    rows = Acceptance.objects.filter(project__in=seen, voided_at=None, accepted_on__lt=F("project__plan__decision_on"))
    return rows.select_related("project__plan").order_by("-accepted_on", "pk")


def tell_accepted(minutes):
    plan = minutes.project.plan
    detail = (
        f"Biên bản {minutes.number} ngày {short_date(minutes.accepted_on)}, "
        f"trước Quyết định {plan.decision_number} ngày {short_date(plan.decision_on)}"
    )
    return Finding(str(minutes.project), minutes.get_absolute_url(), detail)


def signed_before_decided(user):
    rows = Contract.objects.visible_to(user).binding().filter(signed_on__lt=F("plan__decision_on"))
    return rows.select_related("plan").order_by("-signed_on", "pk")


def tell_signed(contract):
    detail = (
        f"Ký ngày {short_date(contract.signed_on)}, trước Quyết định {contract.plan.decision_number} "
        f"ngày {short_date(contract.plan.decision_on)}"
    )
    return Finding(str(contract), contract.get_absolute_url(), detail)


def paid_before_signed(user):
    rows = Disbursement.objects.visible_to(user).in_force().filter(paid_on__lt=F("contract__signed_on"))
    return rows.select_related("project", "contract").order_by("-paid_on", "pk")


def tell_paid_early(voucher):
    detail = (
        f"{voucher} ngày {short_date(voucher.paid_on)}, trước ngày ký {voucher.contract} "
        f"({short_date(voucher.contract.signed_on)})"
    )
    return Finding(str(voucher.project), reverse("projects:money", args=[voucher.project_id]), detail)


def contracts_run_out(user):
    rows = Contract.objects.visible_to(user).filter(status=ContractStatus.SIGNED, ends_on__lt=today())
    at_work = Project.objects.filter(contract=OuterRef("pk"), status__in=AT_WORK)
    return rows.filter(Exists(at_work)).order_by("ends_on", "pk")


def tell_run_out(contract):
    days = (today() - contract.ends_on).days
    detail = f"Hết hạn ngày {short_date(contract.ends_on)}, quá {days} ngày, công việc chưa nghiệm thu"
    return Finding(str(contract), contract.get_absolute_url(), detail)


CHECKS = (
    Check(
        "nghiem-thu", "Đã nghiệm thu mà không có biên bản",
        "Báo cáo chỉ kể đề án hoàn thành theo biên bản còn hiệu lực; đề án này không được kể.",
        "Mở trang Nghiệm thu của đề án, nhập biên bản.",
        done_without_minutes, tell_without_minutes,
    ),
    Check(
        "ngay-nghiem-thu", "Nghiệm thu trước ngày phê duyệt",
        "Tính theo ngày thì việc rơi vào sai kỳ báo cáo.",
        "Kiểm tra ngày trên biên bản và quyết định; bỏ biên bản ghi sai rồi nhập lại.",
        accepted_before_decided, tell_accepted,
    ),
    Check(
        "ngay-hop-dong", "Ký hợp đồng trước ngày phê duyệt kế hoạch",
        "Hợp đồng ký khi chưa có quyết định thì không có căn cứ chi.",
        "Kiểm tra ngày ký trên bản giấy, sửa ở trang hợp đồng.",
        signed_before_decided, tell_signed,
    ),
    Check(
        "ngay-chi", "Chi tiền trước ngày ký hợp đồng",
        "Chứng từ có ngày trước hợp đồng không quyết toán được.",
        "Kiểm tra ngày chứng từ và ngày ký; bỏ chứng từ ghi sai rồi nhập lại.",
        paid_before_signed, tell_paid_early,
    ),
    Check(
        "het-han-hop-dong", "Hợp đồng hết hạn mà công việc chưa xong",
        "Nghiệm thu, thanh toán sau ngày hết hạn cần phụ lục gia hạn.",
        "Lập điều chỉnh gia hạn và phụ lục, hoặc nghiệm thu công việc đã xong.",
        contracts_run_out, tell_run_out,
    ),
)  # fmt: skip
