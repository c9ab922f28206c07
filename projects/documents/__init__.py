"""Papers of the project room, one module per family. Loading the package registers every kind."""

from projects.documents.handover import (
    HANDOVER_MINUTES,
    Figures,
    Sums,
    Total,
    bundle_name,
    bundle_title,
    figures_of,
    handover_bundle,
    handover_minutes,
    number_of,
    sums_of,
)

__all__ = [
    "HANDOVER_MINUTES",
    "Figures",
    "Sums",
    "Total",
    "bundle_name",
    "bundle_title",
    "figures_of",
    "handover_bundle",
    "handover_minutes",
    "number_of",
    "sums_of",
]
