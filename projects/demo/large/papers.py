"""The register of issued papers; all of them share one PDF that says that it is a sample."""

import random
from datetime import date

from weasyprint import HTML

from khuyencong.documents.codes import ALPHABET, LENGTH
from khuyencong.documents.kinds import KINDS
from khuyencong.documents.numbers import series_of, symbol_of
from khuyencong.files import store_made
from khuyencong.models import DocumentLink, IssuedDocument
from khuyencong.text import fold
from projects.demo.large import courses, words
from projects.demo.large.courses import moment
from projects.demo.large.sheets import Sheet
from projects.demo.large.trail import Act, Subject

PAGE = "<html lang=vi><title>Dữ liệu mẫu</title><h1>Dữ liệu mẫu</h1><p>Văn bản này không có thật.</p></html>"
ISSUE = Act("document.issue", "Phát hành văn bản", "", "issued", "", "Đang hiệu lực")


class Papers:
    def __init__(self, rng, trail, by):
        self.rng, self.trail = rng, trail
        file = store_made(HTML(string=PAGE).write_pdf(), name="du-lieu-mau.pdf", content_type="application/pdf", by=by)
        self.documents = Sheet(
            IssuedDocument, "kind", "kind_label", "title", "subject_type", "subject_id", "subject_name", "owner",
            "province", "issuer_name", "series", "year", "number", "number_text", "dated_on", "signer_name", "code",
            "issued_by", "issued_at", "search_key", file=file.pk, sha256=file.sha256, page_count=1, is_sample=True,
        )  # fmt: skip
        self.links = Sheet(DocumentLink, "document", "subject_type", "subject_id", "subject_name")
        # Codes are drawn from a chance of their own, so that their number changes nothing else.
        self.codes = _codes(random.Random(rng.random()))

    @property
    def sheets(self):
        return [self.documents, self.links]

    def issue(self, kind: str, about: Subject, subjects: list[Subject], *, title, body, number_text, day: date, house):
        """`body` issues the paper of the record `about`; `subjects` are what it is found by."""
        rng, label = self.rng, KINDS[kind].label
        number, _slash, symbol = number_text.partition("/")
        signer, clerk = house.people["giamdoc"], house.people["chuyenvien"]
        at, code = moment(rng, day, courses.SETTLED), next(self.codes)
        texts = [number_text, label, title, about.name, code, *(subject.name for subject in subjects)]
        issuer = body if isinstance(body, str) else body.name
        pk = self.documents.add(
            kind, label, title[:600], about.kind, about.pk, about.name, about.owner, about.province, issuer,
            series_of(body, symbol), day.year, int(number), number_text, day, signer.full_name, code, clerk.pk, at,
            fold(" ".join(texts)),
        )  # fmt: skip
        for subject in subjects:
            self.links.add(pk, subject.kind, subject.pk, subject.name)
        told = Subject("khuyencong.issueddocument", pk, f"{label} {number_text}", about.province, about.owner)
        self.trail.tell(at, clerk.pk, ISSUE, told, [("Văn bản", "", f"{label} {number_text}, {words.SAMPLE}")])

    def of_plan(self, plan):
        house = plan.house
        self.issue(
            "plan_decision", plan.subject, [plan.subject], title=f"Phê duyệt {plan.name}",
            body=f"Ủy ban nhân dân {house.title}", number_text=plan.decision_number, day=plan.round.decision_on,
            house=house,
        )  # fmt: skip

    def of_project(self, told, made: dict):
        """Minutes of acceptance and of liquidation, most of which were issued in the portal."""
        house = told.plan.house
        concerned = [
            told.subject,
            told.plan.subject,
            *(_of_facility(facility, house) for facility in told.facilities),
        ]
        if "acceptance" in made and self.rng.random() < 0.85:
            pk, number = made["acceptance"]
            about = Subject(
                "projects.acceptance", pk, f"{number} ({told.code})", told.subject.province, told.subject.owner
            )
            self.issue(
                "acceptance_minutes", about, concerned, title=f"Nghiệm thu cơ sở {told.name}", body=house.department,
                number_text=number, day=told.days[courses.ACCEPTED], house=house,
            )  # fmt: skip
        if "liquidation" in made and self.rng.random() < 0.6:
            number = made["liquidation"]
            about = Subject("projects.contract", told.contract, f"Hợp đồng của {told.code}", *told.subject[3:])
            self.issue(
                "liquidation_minutes", about, [about, *concerned], title=f"Thanh lý hợp đồng {told.name}",
                body=house.department, number_text=number, day=told.days[courses.LIQUIDATED], house=house,
            )  # fmt: skip

    def of_meeting(self, made: list):
        for told, facility, pk, number in made:
            house = told.plan.house
            about = Subject("projects.handoverminutes", pk, f"Biên bản bàn giao cho {facility.name}", *told.subject[3:])
            self.issue(
                "handover_minutes", about, [told.subject, _of_facility(facility, house)],
                title=f"Bàn giao kết quả đề án khuyến công cho {facility.name}", body=house.centre,
                number_text=f"{number:02d}/{symbol_of('BB', house.centre)}", day=told.days[courses.HANDED_OVER],
                house=house,
            )  # fmt: skip


def _of_facility(facility, house):
    return Subject("beneficiaries.facility", facility.pk, facility.name, house.unit.pk, house.department.pk)


def _codes(rng):
    """Codes of chance, none twice."""
    given = set()
    while True:
        code = "".join(rng.choices(ALPHABET, k=LENGTH))
        if code not in given:
            given.add(code)
            yield code
