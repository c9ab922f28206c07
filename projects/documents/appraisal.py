"""Appraisal sheets 4a and 4b (Thông tư 36/2013/TT-BCT, Điều 8, 9, 10): what was held against the rules, and decided.

The text of the forms was not at hand: the sections are our reading, with a place for each of the five matters of
Điều 9. The record of the appraisal holds who appraised, when, the opinion, and the figure per source and facility;
these are printed as they are. The findings per matter are worked out anew from the file: levels and single figures of
the rules as of the day of the appraisal, with the money and the facilities appraised then; papers and other supports
as they are known when the sheet is made.
"""

from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from khuyencong.documents import Document
from khuyencong.documents.frame import day_of, frame
from khuyencong.documents.kinds import DRAFT, Imprint, Kind, Placeholder, Slot, register
from khuyencong.documents.letterheads import BLANK_SIGNATURE, signature_of, signer_of
from khuyencong.money import vnd, vnd_words
from programs.models import SUPPORT_CATEGORIES, PaperStep, Scope
from projects import plan_columns, workflow
from projects.documents.facts import activity_of, called, file_name, one_line
from projects.documents.issuers import department_of, place_of, province_of, stored_signature
from projects.models import BeneficiaryAmount, Project, ProjectKind, TargetMode
from projects.models.project import APPRAISED_OR_LATER
from projects.permissions import author_refusal, role_refusal
from projects.services.duplicates import duplicates
from projects.services.eligibility import MET, NOT_MET, UNKNOWN, Check, eligibility
from projects.services.norms import ALLOWED, NO_FIXED, NO_NORM, OVER, WITHIN, Money, typed_findings
from projects.services.papers import paper_list

TEMPLATE = "documents/appraisal_sheet.html"
FORMS = {
    TargetMode.GROUP: ("Mẫu số 4a", "cấp cơ sở"),
    TargetMode.SPECIFIC: ("Mẫu số 4b", "cấp cơ sở theo đối tượng cụ thể"),
}
# The five matters of Điều 9, each with the conditions of `eligibility` that bear on it, by the beginning of their name.
MATTERS = (
    (
        "Sự phù hợp với nguyên tắc, nội dung, đối tượng, địa bàn của hoạt động khuyến công",
        ("Nội dung hoạt động", "Ngành, nghề", "Địa bàn", "Quy mô", "Hội chợ nước ngoài", "Đề án điểm"),
    ),
    (
        "Mục tiêu, sự cần thiết, hiệu quả của đề án; sự hợp lý của việc sử dụng kinh phí",
        ("Mục tiêu, sự cần thiết, hiệu quả", "Mức hỗ trợ", "Máy móc mới"),
    ),
    ("Năng lực của đơn vị thực hiện, đơn vị phối hợp, đơn vị thụ hưởng", ("Đơn vị thực hiện", "Vốn đối ứng")),
    (
        "Khả năng kết hợp, lồng ghép với chương trình, dự án khác; không trùng hỗ trợ",
        ("Cam kết không trùng hỗ trợ", "Hỗ trợ khác cho cùng nội dung"),
    ),
    ("Sự đầy đủ của hồ sơ đề án", ("Hồ sơ",)),
)
# Comes after the appraisal, so it is no matter of it.
LATER = "Cấp có thẩm quyền phê duyệt"
NORM_STATES = {WITHIN: MET, ALLOWED: MET, OVER: NOT_MET, NO_FIXED: UNKNOWN, NO_NORM: UNKNOWN}
NORM_WORDS = {
    WITHIN: "Trong mức", ALLOWED: "Vượt mức, có lý do", OVER: "Vượt mức", NO_FIXED: "Không có mức cố định",
    NO_NORM: "Chưa có mức",
}  # fmt: skip


@dataclass(frozen=True)
class Matter:
    """A line of the table: `result` met, not_met, or unknown, which is ticked by hand."""

    name: str
    result: str
    comments: list[str]


@dataclass(frozen=True)
class SourceRow:
    """Money of one source, in đồng; `difference` is appraised less requested."""

    name: str
    requested: int
    appraised: int

    @property
    def difference(self) -> int:
        return self.appraised - self.requested


class Appraised:
    """The file as it was appraised: the day, the facilities, and the figures of that step."""

    def __init__(self, project: Project):
        self.project = project
        self.day = timezone.localdate(project.appraised_at) if project.appraised_at else None
        had_shares = Q(amounts__appraised_amount__isnull=False) | Q(amounts=None, withdrawn_by=None)
        self.rows = project.beneficiaries.filter(had_shares).distinct()

    def sources(self) -> list[SourceRow]:
        """One row per source that was asked for."""
        lines = self.project.funding_lines.select_related("source")
        return [
            SourceRow(str(line.source), line.requested_amount, _of(line))
            for line in lines
            if line.requested_amount or line.appraised_amount
        ]

    def support(self) -> int:
        """What was appraised of the State's money, in đồng."""
        lines = self.project.funding_lines.filter(source__category__in=SUPPORT_CATEGORIES)
        return sum(_of(line) for line in lines)

    def money(self) -> Money:
        found = Money()
        for line in self.project.funding_lines.select_related("source"):
            category = line.source.category
            found.lines[category] = found.lines.get(category, 0) + _of(line)
        shares = BeneficiaryAmount.objects.filter(beneficiary__in=self.rows)
        facilities = {row.pk: (row.pk, row.facility.name, {}) for row in self.rows.select_related("facility")}
        for share in shares.select_related("source"):
            amounts = facilities[share.beneficiary_id][2]
            category = share.source.category
            amounts[category] = amounts.get(category, 0) + _of(share)
        found.facilities = list(facilities.values())
        return found


def _of(row):
    return row.requested_amount if row.appraised_amount is None else row.appraised_amount


def appraisal_sheet(project: Project, imprint: Imprint = DRAFT) -> Document:
    """4a for a project drawn up as a group, 4b for one with named facilities."""
    appraised = Appraised(project)
    money = appraised.money()
    norms = typed_findings(project, money, on=appraised.day)
    others = duplicates(project)
    matters = matters_of(project, appraised, money, norms, others)
    body, day = department_of(project.owner), day_of(APPRAISAL_SHEET, project, imprint)
    head = frame(APPRAISAL_SHEET, project, imprint, signature=None)
    sources = appraised.sources()
    form, level = FORMS[TargetMode(project.target_mode)]
    scope = Scope(project.plan.scope).label.lower()
    context = {
        **head,
        "place": head["place"] or place_of(project.plan, body.name),
        "subject": [f"{ProjectKind(project.kind).label} khuyến công {scope} {level}"],
        "form": f"({form} kèm theo Thông tư số 36/2013/TT-BCT)",
        "facts": facts_of(project, appraised),
        "matters": matters,
        "has_open": any(matter.result == UNKNOWN for matter in matters),
        "norms": [_norm_row(row) for row in norms],
        "duplicates": [_duplicate_row(row) for row in others],
        "sources": sources,
        "totals": SourceRow("Tổng cộng", sum(row.requested for row in sources), sum(row.appraised for row in sources)),
        "support": appraised.support(),
        "opinion": project.appraisal_opinion,
        "conclusion": conclusion_of(matters),
        "recommendation": head["words"]["recommendation"],
        "signatures": _signatures(project, head["words"]["members"], body, imprint.signer, day),
    }
    filename = file_name(project.plan.year, "PTD", [project.code], project.name)
    document = Document(TEMPLATE, filename, context)
    return document.as_draft() if imprint.draft else document


def facts_of(project, appraised) -> list[tuple[str, str]]:
    """[(label, text)] of the project, what is not given left out."""
    facilities = [f"{row.facility}, {row.facility.unit}" for row in appraised.rows.select_related("facility__unit")]
    place = ", ".join(filter(None, [project.place_note, str(project.unit or "")]))
    told = [
        (f"Tên {ProjectKind(project.kind).label.lower()}", f"{project.name} (mã số {project.code})"),
        ("Nội dung hoạt động khuyến công", activity_of(project)),
        ("Hình thức", plan_columns.form_of(project)),
        ("Đơn vị thực hiện", str(project.implementing_unit or "")),
        ("Đơn vị phối hợp", project.coordinating_units),
        ("Đơn vị thụ hưởng, địa điểm", "; ".join(facilities)),
        ("Địa điểm", "" if facilities else place),
        ("Ngành, nghề", str(project.industry or "")),
        ("Thời gian thực hiện", plan_columns.period(project)),
        ("Đăng ký trong", str(project.plan)),
    ]
    return [(label, text) for label, text in told if text]


def matters_of(project, appraised, money, norms, others) -> list[Matter]:
    checks = eligibility(project, on=appraised.day, money=money, rows=appraised.rows)
    checks = [check for check in checks if check.name != LATER]
    checks += [_purpose(project), *map(_norm_check, norms), _implementer(project), *_duplicate_checks(others)]
    checks.append(_papers(project))
    return [
        _matter(name, [check for head in heads for check in checks if check.name.startswith(head)])
        for name, heads in MATTERS
    ]


def _matter(name, checks):
    """Not met where any condition is not; to be told by a person where any cannot be."""
    states = {check.state for check in checks}
    result = next((state for state in (NOT_MET, UNKNOWN) if state in states), MET if states else UNKNOWN)
    return Matter(name, result, _comments(checks))


def _comments(checks):
    """A line per condition; one that is met for several facilities alike is told once."""
    by_name = {}
    for check in checks:
        by_name.setdefault(check.name.partition(" – ")[0], []).append(check)
    comments = []
    for name, same in by_name.items():
        if len(same) > 1 and all(check.state == MET for check in same):
            comments.append(f"{name}: đạt, {len(same)} cơ sở.")
        else:
            comments += [f"{check.name}: {check.why}" for check in same]
    return comments


def _purpose(project):
    missing = [
        label
        for label, text in (
            ("mục tiêu", project.objective),
            ("sự cần thiết", project.necessity),
            ("hiệu quả", project.economic_effect),
        )
        if not text.strip()
    ]
    name = "Mục tiêu, sự cần thiết, hiệu quả"
    if missing:
        return Check(name, NOT_MET, f"Hồ sơ chưa nêu {', '.join(missing)}.", "")
    return Check(name, MET, "hồ sơ đã nêu.", "")


def _norm_check(finding):
    subject = f"Mức hỗ trợ – {finding.subject}" if finding.subject else "Mức hỗ trợ"
    reason = f" Lý do: {finding.exception.reason}" if finding.exception else ""
    return Check(subject, NORM_STATES[finding.state], f"{finding.text.rstrip('.')}.{reason}", "")


def _implementer(project):
    if project.implementing_unit is None:
        return Check("Đơn vị thực hiện", NOT_MET, "Chưa chọn đơn vị thực hiện.", "")
    return Check("Đơn vị thực hiện", MET, f"{project.implementing_unit}.", "")


def _duplicate_checks(others):
    """What was found stands in a table of its own; whether it is twice the same, a person tells."""
    if not others:
        return []
    return [Check("Hỗ trợ khác cho cùng nội dung", UNKNOWN, f"{len(others)} trường hợp, xem mục IV.", "")]


def _papers(project):
    step = next((row for row in paper_list(project) if row.step == PaperStep.SUBMIT), None)
    if step is None or not step.needs:
        return Check("Hồ sơ", UNKNOWN, "Chưa có danh mục giấy tờ quy định cho đề án này.", "")
    if missing := [need.rule.name for need in step.missing]:
        return Check("Hồ sơ", NOT_MET, f"Còn thiếu: {'; '.join(missing)}.", "")
    return Check("Hồ sơ", MET, "Đủ giấy tờ bắt buộc theo quy định.", "")


def _norm_row(finding):
    subject = finding.subject or "Cả đề án"
    return {
        "subject": f"{subject}, khuyến công {finding.source_label.lower()}",
        "support": finding.support,
        "ceiling": finding.ceiling,
        "result": NORM_WORDS[finding.state],
    }


def _duplicate_row(row):
    return {
        "facility": str(row.facility),
        "project": f"{row.project.code}, {row.project.owner}",
        "year": row.project.plan.year,
        "support": row.other.support_amount,
        "why": row.why,
    }


def conclusion_of(matters: list[Matter]) -> str:
    """The file was appraised; what is not met yet is a condition of it."""
    if open_ones := [str(number) for number, matter in enumerate(matters, 1) if matter.result == NOT_MET]:
        return f"Đạt, với điều kiện hoàn thiện nội dung ở mục {', '.join(open_ones)} nêu trên."
    return "Đạt yêu cầu theo các nội dung thẩm định nêu trên."


def _signatures(project, members, body, signer, day):
    """Whoever appraised, the members of the council that the wording names, and the head of the department."""
    reviewer = project.reviewer
    own = {**BLANK_SIGNATURE, "party": "Người thẩm định", "name": reviewer.full_name if reviewer else ""}
    council = [{**BLANK_SIGNATURE, "party": "Thành viên hội đồng", "name": name} for name in members]
    signer = signer or signer_of(body, APPRAISAL_SHEET.key, day)
    return [own, *council, signature_of(signer) if signer else stored_signature("", "", body.name)]


def _variants(project):
    return [("", "")] if project.status in APPRAISED_OR_LATER else []


def _refusal(user, project):
    return role_refusal(user, project, workflow.APPRAISE_PROJECT.roles, "Phát hành phiếu thẩm định") or author_refusal(
        user, project
    )


def _gaps(project, imprint):
    return [] if project.status in APPRAISED_OR_LATER else ["Đề án chưa thẩm định xong; thẩm định rồi phát hành phiếu."]


def _subjects(project):
    return [project, *(row.facility for row in Appraised(project).rows.select_related("facility")), project.plan]


def _title(project):
    form, _level = FORMS[TargetMode(project.target_mode)]
    called_so = called(project)
    return one_line(f"Thẩm định {called_so[:1].lower()}{called_so[1:]} ({form.lower()})")


APPRAISAL_SHEET = register(
    Kind(
        key="appraisal_sheet",
        label="Phiếu thẩm định đề án",
        model=Project,
        build=appraisal_sheet,
        records=lambda user: Project.objects.visible_to(user).filter(status__in=APPRAISED_OR_LATER),
        issuer=lambda project: department_of(project.owner),
        subjects=_subjects,
        refusal=_refusal,
        roles=workflow.APPRAISE_PROJECT.roles,
        issuing_note="Không phải người lập, trình đề án.",
        title=_title,
        file_code="PTD",
        form="Mẫu số 4a, 4b, Thông tư 36/2013/TT-BCT",
        variants=_variants,
        gaps=_gaps,
        day=lambda project: Appraised(project).day,
        by_day="appraised_at__date",
        slots=(
            Slot(
                "recommendation", "Kiến nghị",
                "Đề nghị cấp có thẩm quyền xem xét, đưa {loai} vào {ten_ke_hoach} với kinh phí khuyến công "
                "{kinh_phi_ho_tro} (bằng chữ: {bang_chu}).",
            ),
            Slot(
                "members", "Thành viên hội đồng ký phiếu", "",
                "Mỗi dòng họ và tên một người; trống thì chỉ người thẩm định và người đứng đầu ký.", is_list=True,
            ),
            Slot("recipients", "Nơi nhận", "", is_list=True),
        ),
        placeholders=(
            Placeholder("loai", "đề án hoặc nhiệm vụ", lambda project: ProjectKind(project.kind).label.lower()),
            Placeholder("ten_de_an", "Tên đề án, nhiệm vụ", lambda project: project.name),
            Placeholder("ma_de_an", "Mã đề án", lambda project: project.code),
            Placeholder("ten_ke_hoach", "Tên kế hoạch", lambda project: str(project.plan)),
            Placeholder("nam", "Năm kế hoạch", lambda project: str(project.plan.year)),
            Placeholder("tinh", "Tỉnh, thành phố", lambda project: province_of(project.plan)),
            Placeholder(
                "kinh_phi_ho_tro", "Kinh phí khuyến công được thẩm định",
                lambda project: vnd(Appraised(project).support()),
            ),
            Placeholder("bang_chu", "Số đó bằng chữ", lambda project: vnd_words(Appraised(project).support())),
        ),
    )
)  # fmt: skip
