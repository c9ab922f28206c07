"""A kind of paper for tests, made of a body, with a text and a list that staff may word."""

from khuyencong.documents import Document
from khuyencong.documents.frame import frame
from khuyencong.documents.kinds import Kind, Placeholder, Slot
from khuyencong.models import IssuedDocument, Organisation, Signer, StoredFile
from khuyencong.print_settings import house_of
from tests.khuyencong.documents.handover_minutes import bare_minutes

OPENING = Slot("opening", "Lời mở đầu", "Về việc của {ten_co_quan}.")
RECIPIENTS = Slot("recipients", "Nơi nhận", "Như trên\nLưu: VT", is_list=True)


def build(body, imprint):
    common = frame(PAPER, body, imprint)
    words = common["words"]
    context = bare_minutes(**common) | {"finance": words["opening"], "recipients": words["recipients"]}
    document = Document("documents/handover_minutes.html", "van-ban-thu", context)
    return document.as_draft() if imprint.draft else document


PAPER = Kind(
    key="test_paper",
    label="Văn bản thử",
    model=Organisation,
    build=build,
    records=house_of,
    issuer=lambda body: body,
    subjects=lambda body: [body],
    refusal=lambda user, body: None,
    title=str,
    file_code="VBT",
    slots=(OPENING, RECIPIENTS),
    placeholders=(
        Placeholder("ten_co_quan", "Tên cơ quan", str),
        Placeholder("ky_hieu", "Ký hiệu", lambda body: body.symbol),
    ),
)


def signer(body, **fields):
    """An unsaved signer of a body."""
    return Signer(**{"organisation": body, "name": "Nguyễn Văn Ký", "post": "Giám đốc", **fields})


def issued(body, by, dated_on, kind="test_paper", **fields):
    """A paper of the body in the register, without its file's content."""
    number = IssuedDocument.objects.count() + 1
    file = StoredFile.objects.create(
        sha256=f"{number:064d}", name="van-ban.pdf", size=1, content_type="application/pdf", uploaded_by=by
    )
    values = {
        "kind": kind, "kind_label": "Văn bản thử", "title": "Thử", "subject_type": "khuyencong.organisation",
        "subject_id": number, "subject_name": str(body), "owner": body, "issuer_name": body.name,
        "series": f"{body.pk}:TB-SCT", "year": dated_on.year, "number": number, "number_text": f"{number:02d}/TB-SCT",
        "dated_on": dated_on, "code": f"MA{number:06d}", "file": file, "sha256": f"{number:064d}", "page_count": 1,
        "issued_by": by,
    }  # fmt: skip
    return IssuedDocument.objects.create(**values | fields)
