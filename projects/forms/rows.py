"""Rows of a table that hold money per source."""

from khuyencong.forms import VndField
from khuyencong.rows import Table


def cell_of(source):
    """The name of the field that holds the money of a source."""
    return f"source-{source.pk}"


def source_name(source):
    return source.short_name or source.name


class SourceCellsMixin:
    """A row form with one cell of money per source; the table gives the `sources`."""

    def __init__(self, *args, sources, **kwargs):
        super().__init__(*args, **kwargs)
        self.sources = sources

    def add_source_cells(self, **kwargs):
        """Behind the fields that stand already; `kwargs` are those of VndField."""
        for source in self.sources:
            self.fields[cell_of(source)] = VndField(label=source_name(source), required=False, **kwargs)
        self.telling = tuple(self.fields)

    @property
    def source_cells(self):
        return [self[cell_of(source)] for source in self.sources]

    @property
    def amounts(self):
        """{FundingSource: đồng or None} of a valid row."""
        return {source: self.cleaned_data.get(cell_of(source)) for source in self.sources}


class SourceTable(Table):
    """A table whose rows are (unsaved row, {FundingSource: đồng})."""

    def values_of(self, row):
        instance, amounts = row
        return super().values_of(instance) | {cell_of(source): amount for source, amount in amounts.items() if amount}
