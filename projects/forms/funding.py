"""The money of a project: the estimate and its split over the sources."""

from decimal import Decimal

from khuyencong.forms import Conflict, TypedMixin, VersionForm, VndField, posted, readable
from khuyencong.money import format_vnd, vnd
from programs.models import FundingSource, SourceCategory
from projects.forms.entry import in_force
from projects.forms.rows import cell_of


def sources_of(plan, kept=()):
    """Sources in force in the plan year and those, by key, that the project has already."""
    return list(in_force(FundingSource.objects.all(), plan) | FundingSource.objects.filter(pk__in=kept))


class FundingForm(TypedMixin, VersionForm):
    """The estimate and its split over the sources in force in the plan year."""

    needed = ("total_cost",)
    total_cost = VndField(
        label="Tổng dự toán", required=False,
        help_text="Gõ được 300tr, 0,3 tỷ hoặc 300.000.000. Theo Mẫu số 1, phần A và B.",
    )  # fmt: skip

    def __init__(self, data=None, *, project):
        self.project = project
        stored = stored_split(project)
        kept = {source.pk for source in stored if source != "total_cost"}
        self.sources = sources_of(project.plan, kept)
        initial = {"version": project.version, **self._by_field(stored)}
        super().__init__(data, initial=initial)
        for source in self.sources:
            self.fields[cell_of(source)] = VndField(label=source.name, required=False, with_words=False)
        self.compared = [name for name in self.fields if name != "version"]
        for name in self.compared:
            self.fields[name].show_hidden_initial = True
            if self.is_bound and self.data.get(f"keep-{name}") == "theirs":
                self.data = self.data.copy()
                self.data[name] = posted(self.fields[name], initial[name])

    def _by_field(self, stored):
        return {"total_cost": stored["total_cost"]} | {cell_of(source): stored.get(source) for source in self.sources}

    @property
    def source_fields(self):
        """[(source, field, share of the total in percent, amount)] in the order of the table."""
        total = self.typed("total_cost")
        return [
            (source, self[cell_of(source)], amount, Decimal(amount * 100) / total if total else None)
            for source, amount in self.parts
        ]

    @property
    def parts(self):
        """[(source, amount as typed, 0 where there is none or it cannot be read)]."""
        return [(source, self.typed(cell_of(source)) or 0) for source in self.sources]

    @property
    def by_category(self):
        """{category of sources: đồng as typed}."""
        sums = {}
        for source, amount in self.parts:
            sums[source.category] = sums.get(source.category, 0) + amount
        return sums

    @property
    def amounts(self):
        return {source: self.cleaned_data.get(cell_of(source)) for source in self.sources}

    def allocation(self):
        """What is typed, readable or not: total, sum of the sources, what is left or over, in đồng."""
        total = self.typed("total_cost") or 0
        allocated = sum(amount for _source, amount in self.parts)
        left = total - allocated
        percent = Decimal(allocated * 100) / total if total else None
        return {"total": total, "allocated": allocated, "left": left, "over": max(-left, 0), "percent": percent}

    def put_rest_into_counterpart(self):
        """Add what is left to the facility's own money; returns what to tell the person."""
        left = self.allocation()["left"]
        own = next((source for source in self.sources if source.category == SourceCategory.COUNTERPART), None)
        if not self.typed("total_cost"):
            return "Nhập tổng dự toán trước, rồi bấm “Dồn phần còn lại”."
        if own is None:
            return "Danh mục nguồn kinh phí của năm này không có vốn đối ứng."
        if left <= 0:
            return "Không còn gì để dồn: các nguồn đã đủ hoặc vượt tổng dự toán."
        self._type({cell_of(own): (self.typed(cell_of(own)) or 0) + left})
        return f"Đã dồn {vnd(left)} vào {own}, chưa lưu."

    def take_from_facilities(self, sums):
        """Put the sums of the facilities, {FundingSource pk: đồng}, into the split and the total."""
        if not sums:
            return "Chưa có số tiền nào ở phần đơn vị thụ hưởng."
        total = sum(sums.values())
        self._type({cell_of(source): sums.get(source.pk) for source in self.sources} | {"total_cost": total})
        return f"Đã lấy {vnd(total)} từ các đơn vị thụ hưởng, chưa lưu."

    def _type(self, values):
        self.data = self.data.copy()
        for name, value in values.items():
            self.data[name] = "" if value is None else format_vnd(value)

    def is_untouched_in(self, current):
        """Whether nobody else changed the money since the page was opened."""
        return all(self._seen(name) == now for name, now in self._posted(current).items())

    def _seen(self, name):
        return self.data.get(self[name].html_initial_name, "")

    def _posted(self, project):
        stored = self._by_field(stored_split(project))
        return {name: posted(self.fields[name], stored[name]) for name in self.compared}

    def show_conflicts(self, current):
        """Turn a refused save into a choice per amount; what only one person changed is proposed as they left it."""
        super().show_conflicts(current)
        stored = self._by_field(stored_split(current))
        for name, now in self._posted(current).items():
            seen, mine = self._seen(name), self.cleaned_data.get(name)
            self.data[self[name].html_initial_name] = now
            if seen == now or mine == stored[name]:
                continue
            keep = "theirs" if posted(self.fields[name], mine) == seen else "mine"
            words = [readable(self.fields[name], value) for value in (mine, stored[name])]
            self.conflicts.append(Conflict(self[name], *words, keep))


def stored_split(project):
    """{"total_cost": đồng, FundingSource: requested đồng, …} as the database holds it."""
    lines = project.funding_lines.select_related("source")
    return {"total_cost": project.total_cost} | {line.source: line.requested_amount for line in lines}
