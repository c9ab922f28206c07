"""What is done, for whom, paid by what, up to handover; one module per aggregate."""

from projects.models.acceptance import Acceptance
from projects.models.funding import Beneficiary, BeneficiaryAmount, CostItem, FundingLine, Stage
from projects.models.handover import (
    CopyKind,
    HandoverContract,
    HandoverContractAmount,
    HandoverEvent,
    HandoverItem,
    HandoverMinutes,
    HandoverPaper,
    HandoverPerson,
    ItemKind,
    Side,
    SigningMode,
)
from projects.models.project import (
    APPROVED_PROJECT,
    EDITABLE_PROJECT,
    Project,
    ProjectKind,
    ProjectReturn,
    ProjectStatus,
    TargetMode,
)
from projects.models.snapshot import PlanSnapshot, PlanSnapshotAmount, PlanSnapshotLine, SnapshotPurpose

__all__ = [
    "APPROVED_PROJECT",
    "EDITABLE_PROJECT",
    "Acceptance",
    "Beneficiary",
    "BeneficiaryAmount",
    "CopyKind",
    "CostItem",
    "FundingLine",
    "HandoverContract",
    "HandoverContractAmount",
    "HandoverEvent",
    "HandoverItem",
    "HandoverMinutes",
    "HandoverPaper",
    "HandoverPerson",
    "ItemKind",
    "PlanSnapshot",
    "PlanSnapshotAmount",
    "PlanSnapshotLine",
    "Project",
    "ProjectKind",
    "ProjectReturn",
    "ProjectStatus",
    "Side",
    "SigningMode",
    "SnapshotPurpose",
    "Stage",
    "TargetMode",
]
