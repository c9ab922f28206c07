"""Bundles for inspectors: everything about a project or a plan year that the person may see, in one ZIP.

Files go one after the other from the store into the archive on disk, hashed on the way; none is held in memory. The
same content gives the same bytes: entries carry no time of their own, and what tells the moment of making takes `at`.
"""

import hashlib
import logging
import re
import shutil
import zipfile
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, partial
from tempfile import TemporaryFile

import pikepdf
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.text import slugify

from khuyencong.audit import record as tell
from khuyencong.dates import short_date
from khuyencong.documents.batches import CHECKSUMS, free_name
from khuyencong.documents.codes import shown_code
from khuyencong.file_kinds import ending_of
from khuyencong.files import size_in_words
from khuyencong.models import AuditEntry, DocumentLink, IssuedDocument, SignedCopy, StoredFile, User
from khuyencong.text import fold
from programs.models import AnnualPlan, PaperStep
from projects.models import Amendment, Contract, Paper, Project, Settlement
from reports import bundle_sheets as sheets
from reports.bundle_index import bundle_index, moment_words

# A disk in an office takes as much in one piece, and the worker is done with it in minutes.
MOST_BYTES = 4 * 1024**3
MOST_FILES = 20_000
CHUNK = 1024 * 1024
LONGEST_NAME = 60
ISSUED, SIGNED, SCANS, VOID = "1-van-ban", "2-ban-da-ky", "3-giay-to", "4-khong-con-hieu-luc"
GUIDE_NAME, LIST_NAME, INDEX_NAME = "HUONG-DAN-KIEM-TRA.txt", "muc-luc.xlsx", "00-muc-luc.pdf"
# What ZIP writes for "no date".
NO_MOMENT = (1980, 1, 1, 0, 0, 0)
MISSING = "Không kèm tệp: tệp không còn trong kho hoặc không khớp mã băm đã ghi"

GUIDE = """\
HƯỚNG DẪN KIỂM TRA BỘ HỒ SƠ

{title}
Lập lúc {at}, theo yêu cầu của {by}.

1. Tệp nào cũng nguyên như lúc lập?
   SHA256SUMS.txt ghi mã băm SHA-256 của từng tệp.
   - Linux, macOS: mở thư mục đã giải nén, chạy:  sha256sum -c SHA256SUMS.txt
   - Windows (PowerShell):  Get-FileHash -Algorithm SHA256 "1-van-ban\\ten-tep.pdf"
     rồi so với dòng của tệp đó trong SHA256SUMS.txt.

2. Cả bộ hồ sơ có đúng là bộ đã lấy từ cổng?
   Diễn biến của hồ sơ trên cổng ghi “Lấy bộ hồ sơ” kèm mã băm SHA-256 của tệp ZIP. Tính mã băm của tệp ZIP rồi so.

3. Văn bản phát hành có thật, còn hiệu lực?
   Mỗi trang văn bản có mã QR và mã tra cứu. Quét mã, hoặc gõ mã tại {address}: cổng trả lời văn bản
   đang hiệu lực, đã thay thế hay đã thu hồi, kèm mã băm của PDF.

4. Đọc mục lục
   00-muc-luc.pdf và muc-luc.xlsx liệt kê mọi tệp. Thư mục “4-khong-con-hieu-luc” giữ văn bản đã thay thế, đã thu hồi,
   bản ký cũ và giấy tờ đã bỏ, để đối chiếu; lý do ghi trong mục lục. Tệp không còn hoặc hỏng trong kho cũng được nêu
   tên trong mục lục, kèm ghi chú.
"""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wanted:
    """A stored file that belongs in the bundle, with what the index tells of it; `sha256` is what it must hash to."""

    folder: str
    name: str
    file: StoredFile
    sha256: str
    kind: str
    title: str
    number: str = ""
    dated_on: date | None = None
    pages: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Piece:
    """One line of the index: a file as it stands in the archive; without `path` it could not be had."""

    path: str
    kind: str
    title: str
    number: str = ""
    dated_on: date | None = None
    pages: int | None = None
    size: int = 0
    sha256: str = ""
    note: str = ""


@dataclass(frozen=True)
class Bundle:
    """What a person takes out: one project, or a plan with those of its projects that the person sees."""

    record: Project | AnnualPlan
    user: User
    projects: list[Project]

    @property
    def is_plan(self) -> bool:
        return isinstance(self.record, AnnualPlan)

    @property
    def plan(self) -> AnnualPlan:
        return self.record if self.is_plan else self.record.plan

    @property
    def title(self) -> str:
        return f"Bộ hồ sơ: {self.record}"

    @property
    def name(self) -> str:
        """2026_HS_KC26-014_ten-de-an, plain letters."""
        code = "ke-hoach" if self.is_plan else self.record.code
        return f"{self.plan.year}_HS_{plain(code)}_{_slug(self.record.name)}"

    @cached_property
    def documents(self) -> list[IssuedDocument]:
        """Issued papers that concern the record, the oldest first, whatever their state."""
        links = _links_to(Project, self.projects)
        if self.is_plan:
            links |= _links_to(AnnualPlan, [self.record])
        linked = DocumentLink.objects.filter(links).values("document")
        rows = IssuedDocument.objects.visible_to(self.user).filter(pk__in=linked)
        return list(rows.select_related("file").defer("data", "search_key").order_by("issued_at", "pk"))

    @cached_property
    def wanted(self) -> list[Wanted]:
        return [*self._issued(), *self._signed(), *self._scans()]

    @property
    def made_count(self) -> int:
        """What the portal writes itself: two workbooks a project, four files about the whole, those of a plan."""
        of_plan = 2 + self.record.snapshots.count() if self.is_plan else 0
        return 2 * len(self.projects) + 4 + of_plan

    @cached_property
    def homes(self) -> dict[int, str]:
        """{document: folder}: that of the only project it concerns; papers of the plan and of several stand above."""
        if not self.is_plan:
            return {}
        folders = {project.pk: folder_of(project) for project in self.projects}
        links = DocumentLink.objects.filter(
            _links_to(Project, self.projects), document__in=[row.pk for row in self.documents]
        )
        found = {}
        for document, project in links.values_list("document", "subject_id"):
            found.setdefault(document, []).append(folders[project])
        own = {row.pk for row in self.documents if row.subject_type == AnnualPlan._meta.label_lower}
        return {key: names[0] for key, names in found.items() if len(names) == 1 and key not in own}

    def _issued(self):
        annexes = StoredFile.objects.in_bulk([annex["file"] for row in self.documents for annex in row.attachments])
        for row in self.documents:
            state = "" if row.is_in_force else _closed_words(row)
            folder = ISSUED if row.is_in_force else VOID
            yield Wanted(
                _inside(self.homes.get(row.pk), folder), plain(row.file.name), row.file, row.sha256, row.kind_label,
                row.title, row.number_text, row.dated_on, row.page_count,
                ". ".join(filter(None, [state, f"Mã tra cứu {shown_code(row.code)}"])),
            )  # fmt: skip
            for annex in row.attachments:
                yield Wanted(
                    _inside(self.homes.get(row.pk), folder), plain(annex["name"]), annexes[annex["file"]],
                    annex["sha256"], f"Phụ lục của {row.kind_label.lower()}", row.title, row.number_text,
                    row.dated_on, annex["pages"], state,
                )  # fmt: skip

    def _signed(self):
        documents = {row.pk: row for row in self.documents}
        copies = SignedCopy.objects.visible_to(self.user).filter(document__in=documents).select_related("file")
        for copy in copies.order_by("made_at", "pk"):
            document = documents[copy.document_id]
            counts = copy.is_current and document.is_in_force
            missing = f"Thiếu trang {', '.join(map(str, copy.missing_pages))}" if copy.missing_pages else ""
            older = "" if copy.is_current else "Bản trước, đã có bản mới hơn"
            closed = "" if document.is_in_force else document.get_status_display()
            stem = plain(document.file.name).removesuffix(".pdf")
            yield Wanted(
                _inside(self.homes.get(document.pk), SIGNED if counts else VOID), f"{stem}_ban-da-ky.pdf", copy.file,
                copy.file.sha256, copy.get_origin_display(), document.title, document.number_text, document.dated_on,
                None, ". ".join(filter(None, [older, closed, missing])),
            )  # fmt: skip

    def _scans(self):
        projects = {project.pk: project for project in self.projects}
        papers = Paper.objects.visible_to(self.user).filter(project__in=projects).exclude(file=None)
        for paper in papers.select_related("file", "removed_by").order_by("project__code", "step", "added_at", "pk"):
            project = projects[paper.project_id]
            folder = VOID if paper.removed_at else f"{SCANS}/anh-kiem-tra" if paper.inspection_id else SCANS
            yield Wanted(
                _inside(folder_of(project) if self.is_plan else "", folder), _scan_name(paper, project), paper.file,
                paper.file.sha256, "Ảnh kiểm tra" if paper.inspection_id else paper.get_copy_kind_display(),
                paper.name, paper.number, paper.dated_on, None, _removed_words(paper),
            )  # fmt: skip


def _links_to(model, records):
    return Q(subject_type=model._meta.label_lower, subject_id__in=[row.pk for row in records])


def _closed_words(document):
    return f"{document.get_status_display()} ngày {short_date(document.closed_at)}: {document.close_reason}"


def _removed_words(paper):
    return f"Đã bỏ ngày {short_date(paper.removed_at)}: {paper.remove_reason}" if paper.removed_at else ""


def _scan_name(paper, project):
    """2026_GT_KC26-014_nghiem-thu_hoa-don.pdf; the step says where the law asks for it."""
    step = "anh-kiem-tra" if paper.inspection_id else _slug(PaperStep(paper.step).label)
    ending = re.sub("[^a-z0-9]", "", ending_of(paper.file.name).lower())[:5] or "bin"
    stem = paper.name.rsplit(".", 1)[0] if paper.inspection_id else paper.name
    return f"{project.plan.year}_GT_{plain(project.code)}_{step}_{_slug(stem) or 'giay-to'}.{ending}"


def folder_of(project):
    return f"{plain(project.code)}_{_slug(project.name)}"


def plain(text):
    """A part of a path in plain letters: no separator, no dot in front, nothing that a disk refuses."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.")[:150] or "tep"


def _slug(text):
    """Plain words with dashes, whole ones as far as they fit."""
    words = slugify(fold(text.replace("/", "-"))).strip("-")
    if len(words) <= LONGEST_NAME:
        return words
    return words[: LONGEST_NAME + 1].rpartition("-")[0] or words[:LONGEST_NAME]


def _inside(home, folder):
    return "/".join(filter(None, [home, folder]))


# Choose


def project_bundle(user, pk) -> Bundle:
    """Raises Project.DoesNotExist for one that the person does not see."""
    rows = Project.objects.visible_to(user).select_related("plan__program", "owner", "contract__party_a",
                                                           "contract__party_b")  # fmt: skip
    project = rows.get(pk=pk)
    return Bundle(project, user, [project])


def plan_bundle(user, pk) -> Bundle:
    """Raises AnnualPlan.DoesNotExist for one that the person does not see."""
    plan = AnnualPlan.objects.visible_to(user).select_related("program", "owner").get(pk=pk)
    rows = Project.objects.visible_to(user).filter(plan=plan)
    related = rows.select_related("plan", "owner", "contract__party_a", "contract__party_b").order_by("code")
    return Bundle(plan, user, list(related))


BUNDLES = {"project_bundle": project_bundle, "plan_bundle": plan_bundle}


def require_room(bundle) -> int:
    """How many files the bundle will hold. Raises ValidationError when they are too many or too large."""
    size = sum(row.file.size for row in bundle.wanted)
    what = "từng đề án" if bundle.is_plan else "từng phần ở trang Giấy tờ"
    if size > MOST_BYTES:
        raise ValidationError(
            f"Bộ hồ sơ nặng {size_in_words(size)}, quá {size_in_words(MOST_BYTES)} một lần: lấy {what}."
        )
    if len(bundle.wanted) > MOST_FILES:
        raise ValidationError(f"Bộ hồ sơ có {len(bundle.wanted)} tệp, quá {MOST_FILES} một lần: lấy {what}.")
    return len(bundle.wanted) + bundle.made_count


# Write


class Archive:
    """A ZIP under way and the lines of its index."""

    def __init__(self, stream):
        self.zip = zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED)
        self.taken, self.pieces = set(), []

    def add_stored(self, wanted):
        """The file under a name of its own; what is gone or damaged is told in the index instead."""
        told = {"kind": wanted.kind, "title": wanted.title, "number": wanted.number, "dated_on": wanted.dated_on}
        try:
            stream = wanted.file.file.storage.open(wanted.file.file.name)
        except FileNotFoundError:
            stream = None
        if stream is None:
            return self._miss(wanted, told)
        with stream:
            digest, size = _read_through(stream)
            if digest != wanted.sha256:
                return self._miss(wanted, told)
            pages = wanted.pages or _page_count(stream, wanted.name)
            path = self._copy(_inside(wanted.folder, wanted.name), stream, size)
        self.pieces.append(Piece(path, pages=pages, size=size, sha256=digest, note=wanted.note, **told))
        return None

    def _miss(self, wanted, told):
        logger.error("Stored file %s (%s) is gone or damaged.", wanted.file.pk, wanted.file.file.name)
        note = ". ".join(filter(None, [wanted.note, MISSING]))
        self.pieces.append(Piece("", pages=wanted.pages, note=note, **told))

    def add_made(self, path, write, *, kind, title, pages=None):
        """What the portal makes for the bundle; `write(stream)`."""
        with TemporaryFile() as stream:
            write(stream)
            digest, size = _read_through(stream)
            path = self._copy(path, stream, size)
        self.pieces.append(Piece(path, kind, title, pages=pages, size=size, sha256=digest))

    def close(self):
        sums = "".join(f"{piece.sha256}  {piece.path}\n" for piece in self.pieces if piece.path).encode()
        self.zip.writestr(_entry(CHECKSUMS, len(sums)), sums)
        self.zip.close()

    def _copy(self, path, stream, size):
        path = free_name(path, self.taken)
        stream.seek(0)
        with self.zip.open(_entry(path, size), "w") as target:
            shutil.copyfileobj(stream, target, CHUNK)
        return path


def _entry(path, size):
    entry = zipfile.ZipInfo(path, NO_MOMENT)
    entry.external_attr, entry.create_system, entry.file_size = 0o644 << 16, 3, size
    return entry


def _read_through(stream):
    """(SHA-256, bytes) of a stream, read in portions."""
    stream.seek(0)
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


def _page_count(stream, name):
    if not name.endswith(".pdf"):
        return None
    stream.seek(0)
    try:
        with pikepdf.open(stream) as paper:
            return len(paper.pages)
    except pikepdf.PdfError:
        # A scan that opens only with a password, or hardly at all: it goes along as it was given.
        return None


def write_bundle(bundle, stream, *, address, at: datetime | None = None, progress=iter) -> str:
    """Write the ZIP and return its SHA-256. `progress(rows)` passes the stored files on and counts them.

    `address` is where codes of papers are checked. Nothing is written to the trail; `record_bundle` does that.
    """
    at = at or timezone.now()
    terms = {"printed_at": at, "printed_by": str(bundle.user), "organisation": str(bundle.record.owner)}
    archive = Archive(stream)
    for wanted in progress(bundle.wanted):
        archive.add_stored(wanted)
    for project in bundle.projects:
        _add_project(archive, bundle, project, terms)
    if bundle.is_plan:
        _add_plan(archive, bundle, terms)
    guide = GUIDE.format(title=bundle.title, at=moment_words(at), by=bundle.user, address=address)
    archive.add_made(GUIDE_NAME, lambda file: file.write(guide.encode()), kind="Hướng dẫn", title="Cách kiểm tra")
    listed = list(archive.pieces)
    archive.add_made(
        LIST_NAME, lambda file: sheets.write_files(file, listed, bundle.title, terms), kind="Bảng",
        title="Mục lục các tệp",
    )  # fmt: skip
    index, pages = bundle_index(bundle, archive.pieces, at=at, entries=timeline(bundle)).print_out()
    archive.add_made(INDEX_NAME, lambda file: file.write(index), kind="Mục lục", title=bundle.title, pages=pages)
    archive.close()
    return _read_through(stream)[0]


def _add_project(archive, bundle, project, terms):
    home = folder_of(project) if bundle.is_plan else ""
    archive.add_made(
        _inside(home, "tien-hop-dong-chung-tu.xlsx"), lambda file: sheets.write_money(file, project, terms),
        kind="Bảng", title=f"Kinh phí, hợp đồng, chi, chứng từ của {project.code}",
    )  # fmt: skip
    entries = entries_about(project_subjects(project, bundle))
    archive.add_made(
        _inside(home, "dien-bien.xlsx"), lambda file: sheets.write_timeline(file, entries, str(project), terms),
        kind="Bảng", title=f"Diễn biến của {project.code}",
    )  # fmt: skip


def _add_plan(archive, bundle, terms):
    plan = bundle.record
    archive.add_made(
        "ke-hoach.xlsx", lambda file: sheets.write_plan(file, plan, bundle.projects, terms), kind="Bảng",
        title="Đề án của kế hoạch, đối chiếu kinh phí",
    )  # fmt: skip
    for number, snapshot in enumerate(plan.snapshots.order_by("pk"), 1):
        archive.add_made(
            f"ban-giu-nguyen/{number:02}_{_slug(snapshot.get_purpose_display())}-lan-{snapshot.number}.xlsx",
            partial(sheets.write_snapshot, snapshot=snapshot, terms=terms), kind="Bản giữ nguyên", title=str(snapshot),
        )  # fmt: skip
    entries = timeline(bundle)
    archive.add_made(
        "dien-bien.xlsx", lambda file: sheets.write_timeline(file, entries, str(plan), terms), kind="Bảng",
        title="Diễn biến của kế hoạch",
    )  # fmt: skip


# Timeline


def timeline(bundle):
    """Entries about the record itself, with those of what belongs to it alone, the oldest first."""
    if not bundle.is_plan:
        return entries_about(project_subjects(bundle.record, bundle))
    above = [row for row in bundle.documents if row.pk not in bundle.homes]
    return entries_about([bundle.record, *above])


def project_subjects(project, bundle):
    """The project, its contract, settlement and amendments, and the issued papers that concern it alone."""
    contracts = Contract.objects.visible_to(bundle.user).filter(pk=project.contract_id)
    papers = bundle.documents
    if bundle.is_plan:
        papers = [row for row in papers if bundle.homes.get(row.pk) == folder_of(project)]
    return [
        project, *contracts, *Settlement.objects.filter(contract__in=contracts),
        *Amendment.objects.filter(project=project), *papers,
    ]  # fmt: skip


def entries_about(subjects):
    keys = {}
    for subject in subjects:
        keys.setdefault(subject._meta.label_lower, []).append(subject.pk)
    about = Q()
    for label, found in keys.items():
        about |= Q(subject_type=label, subject_id__in=found)
    return list(AuditEntry.objects.filter(about).select_related("actor").order_by("pk"))


@transaction.atomic
def record_bundle(bundle, filename, sha256):
    """Tell on the record, and on each issued paper, who took them away."""
    told = [("Tệp", "", filename), ("Số tệp kèm", "", str(len(bundle.wanted))), ("SHA-256 của ZIP", "", sha256)]
    tell(bundle.user, "bundle.download", "Lấy bộ hồ sơ", bundle.record, changes=told)
    for document in bundle.documents:
        tell(bundle.user, "document.download", "Tải văn bản", document, reason=bundle.title)
