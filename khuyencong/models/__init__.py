"""What every room needs and no room owns, one module per noun."""

from khuyencong.models.audit import COMINGS, AuditEntry, LastAct
from khuyencong.models.backups import BackupKind, BackupRun
from khuyencong.models.batches import Batch, BatchItem, ItemStatus
from khuyencong.models.calendars import CalendarLink
from khuyencong.models.checked import CheckedRow
from khuyencong.models.counters import Counter
from khuyencong.models.delegations import Delegation, SigningCapacity
from khuyencong.models.desk import Desk, EntryDraft, Notice, NoticeKind, SavedFilter, SentForm
from khuyencong.models.documents import (
    FOR_ANOTHER,
    DocumentLink,
    DocumentStatus,
    IssuedDocument,
    Letterhead,
    Signer,
    SigningMode,
    Wording,
    WordingStatus,
)
from khuyencong.models.exports import ColumnChoice, FormTemplate, ReturnedSheet, ReturnStatus
from khuyencong.models.files import StoredFile
from khuyencong.models.imports import (
    ColumnMemory,
    Decision,
    ImportLine,
    ImportMode,
    ImportStatus,
    SheetImport,
    Verdict,
)
from khuyencong.models.jobs import Job, JobStatus
from khuyencong.models.organisations import Organisation, OrganisationKind, OrganisationName
from khuyencong.models.records import FoundQuerySet, Record, ReturnNote, ScopedQuerySet
from khuyencong.models.scans import (
    FOR_A_PERSON,
    CopyOrigin,
    PageStatus,
    ScanBatch,
    ScanFile,
    ScanPage,
    SignedCopy,
)
from khuyencong.models.search import SearchEntry
from khuyencong.models.second_factor import AuthenticatorApp, RecoveryCode
from khuyencong.models.sign_ins import AuditCheck, SignIn, SignInEnd
from khuyencong.models.units import (
    AdministrativeUnit,
    Division,
    UnitAlias,
    UnitLevel,
    UnitPart,
    UnitSuccession,
)
from khuyencong.models.users import Role, User
from khuyencong.models.visits import VisitCount

__all__ = [
    "COMINGS",
    "FOR_ANOTHER",
    "FOR_A_PERSON",
    "AdministrativeUnit",
    "AuditCheck",
    "AuditEntry",
    "AuthenticatorApp",
    "BackupKind",
    "BackupRun",
    "Batch",
    "BatchItem",
    "CalendarLink",
    "CheckedRow",
    "ColumnChoice",
    "ColumnMemory",
    "CopyOrigin",
    "Counter",
    "Decision",
    "Delegation",
    "Desk",
    "Division",
    "DocumentLink",
    "DocumentStatus",
    "EntryDraft",
    "FormTemplate",
    "FoundQuerySet",
    "ImportLine",
    "ImportMode",
    "ImportStatus",
    "IssuedDocument",
    "ItemStatus",
    "Job",
    "JobStatus",
    "LastAct",
    "Letterhead",
    "Notice",
    "NoticeKind",
    "Organisation",
    "OrganisationKind",
    "OrganisationName",
    "PageStatus",
    "Record",
    "RecoveryCode",
    "ReturnNote",
    "ReturnStatus",
    "ReturnedSheet",
    "Role",
    "SavedFilter",
    "ScanBatch",
    "ScanFile",
    "ScanPage",
    "ScopedQuerySet",
    "SearchEntry",
    "SentForm",
    "SheetImport",
    "SignIn",
    "SignInEnd",
    "SignedCopy",
    "Signer",
    "SigningCapacity",
    "SigningMode",
    "StoredFile",
    "UnitAlias",
    "UnitLevel",
    "UnitPart",
    "UnitSuccession",
    "User",
    "Verdict",
    "VisitCount",
    "Wording",
    "WordingStatus",
]
