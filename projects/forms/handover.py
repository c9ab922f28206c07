"""Forms of a handover: the filter of the list, the event, the minutes of one receiver."""

import re
from datetime import date, time

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Case, F, Q, When

from beneficiaries.forms import FacilityField
from beneficiaries.models import Facility
from khuyencong.filters import FilterForm
from khuyencong.forms import LONGEST_SEARCH, CleanTextMixin, LookupField, UnreadMixin, VersionedFormMixin, VnDateField
from khuyencong.models import Organisation
from khuyencong.text import nfc, search_words, western_digits
from programs.models import AnnualPlan
from projects.models import HandoverEvent, HandoverMinutes, ProjectStatus
from projects.services.prefill import grounds_held, ready_projects

# A list to choose from, not to read through.
MOST_PLANS = 150
STATES = (("chuan-bi", "Đang chuẩn bị"), ("hoan-tat", "Đã hoàn tất"))


def _offered(plans):
    """[(key, label, year)] of plans, newest first."""
    return [(plan.pk, str(plan), plan.year) for plan in plans.order_by("-year", "round_no", "name")]


class HandoverFilterForm(FilterForm):
    q = forms.CharField(
        label="Tìm", required=False, max_length=LONGEST_SEARCH, widget=forms.TextInput(attrs={"type": "search"}),
        help_text="Trích yếu, địa điểm, bên giao, bên nhận, mã hoặc tên đề án; không cần gõ dấu.",
    )  # fmt: skip
    nam = forms.TypedChoiceField(label="Năm kế hoạch", required=False, coerce=int, empty_value=None)
    ke_hoach = forms.ModelChoiceField(label="Kế hoạch", required=False, queryset=None, empty_label="Tất cả")
    trang_thai = forms.ChoiceField(label="Trạng thái", required=False, choices=[("", "Tất cả"), *STATES])

    LABELS = {"nam": "Năm"}
    SORTS = {"ngay": ("held_on", "pk"), "trich-yeu": ("search_key", "pk")}
    EMPTY_LAST = ("held_on",)
    default_sort = ""

    def __init__(self, data=None, *, user, **kwargs):
        super().__init__(data, user=user, **kwargs)
        plans = AnnualPlan.objects.visible_to(user).filter(handovers__isnull=False).distinct()
        self.fields["ke_hoach"].queryset = plans
        found = self.kept_of(plans, "offered", lambda: _offered(plans))
        years = dict.fromkeys(year for _key, _label, year in found)
        self.fields["nam"].choices = [("", "Tất cả"), *((year, str(year)) for year in years)]
        self.fields["ke_hoach"].choices = [("", "Tất cả"), *self._plans_among(found)]

    def _plans_among(self, found):
        """Of more plans than one reads through: those of the year asked for, and the one that the address names.

        Where it asks for none, the first; an address may name any.
        """
        if len(found) > MOST_PLANS:
            year, plan = (self.data.get(self.add_prefix(name), "") for name in ("nam", "ke_hoach"))
            found = [row for row in found if year == str(row[2]) or plan == str(row[0])] or found
            found = found[:MOST_PLANS]
        return [(key, label) for key, label, _year in found]

    def ordered(self, rows):
        """Without a wish what is being prepared comes first, then the latest."""
        word = self.data.get(self.add_prefix("sap_xep"), "")
        if word.removeprefix("-") not in self.SORTS:
            return rows.order_by("is_done", F("held_on").desc(nulls_last=True), "-pk")
        return super().ordered(rows)

    def filter(self, events):
        """The events that the form asks for, in its order; none when a filter cannot be read."""
        if not self.is_valid():
            return events.none()
        asked = self.cleaned_data
        if asked["q"]:
            events = events.matching(asked["q"])
        if asked["nam"]:
            events = events.in_year(asked["nam"])
        if asked["ke_hoach"]:
            events = events.filter(plan=asked["ke_hoach"])
        if asked["trang_thai"]:
            events = events.filter(is_done=asked["trang_thai"] == "hoan-tat")
        return self.ordered(events)


class ClockField(forms.TimeField):
    """A time of day typed as 14:00, 14h00, 14h or 14 giờ 30."""

    widget = forms.TextInput(attrs={"class": "input input--short", "inputmode": "numeric", "autocomplete": "off"})

    def prepare_value(self, value):
        return f"{value:%H:%M}" if isinstance(value, time) else value

    def to_python(self, value):
        if not isinstance(value, str):
            return super().to_python(value)
        typed = western_digits(nfc(value)).lower()
        if not typed:
            return None
        match = re.fullmatch(r"(\d{1,2}) ?(?::|h|giờ) ?(?:(\d{1,2}) ?(?:phút|p)?)?", typed)
        try:
            return time(int(match[1]), int(match[2] or 0))
        except (TypeError, ValueError):
            raise ValidationError("Gõ giờ và phút có thật, ví dụ 14:00 hoặc 14h30.", code="invalid") from None


class DayMonthField(forms.CharField):
    """A day and month without a year, typed as 31/12; "12-31" (month first) as stored."""

    widget = forms.TextInput(attrs={"class": "input input--short", "inputmode": "numeric", "autocomplete": "off"})

    def prepare_value(self, value):
        stored = re.fullmatch(r"(\d\d)-(\d\d)", value or "")
        return f"{stored[2]}/{stored[1]}" if stored else value

    def to_python(self, value):
        typed = western_digits(nfc(super().to_python(value)))
        if not typed:
            return ""
        match = re.fullmatch(r"(\d{1,2})/(\d{1,2})", typed)
        try:
            return f"{date(2000, int(match[2]), int(match[1])):%m-%d}"
        except (TypeError, ValueError):
            raise ValidationError("Gõ ngày/tháng có thật, ví dụ 12/12.", code="invalid") from None


class ProjectsField(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, project):
        done = " (đã bàn giao trước đó)" if project.status == ProjectStatus.HANDED_OVER else ""
        return f"{project.code} – {project.name}{done}"


def organisation_field(**kwargs):
    """Any organisation by its name; all of them are known to everyone."""
    return LookupField(
        queryset=Organisation.objects.all(), search_url="projects:organisation_options",
        search=matching_organisations, **kwargs,
    )  # fmt: skip


def matching_organisations(organisations, text):
    for word in search_words(text):
        organisations = organisations.filter(search_key__contains=word)
    return organisations


def own_house_first(organisations, user):
    """Organisations by name, those of the person's own house (`belongs_to`) before the others."""
    body = user.organisation
    house = [pk for pk in (body.pk, body.parent_id) if pk] if body else []
    is_own = Q(pk__in=house) | Q(parent__in=house)
    return organisations.order_by(Case(When(is_own, then=0), default=1), "name")


class HandoverForm(UnreadMixin, CleanTextMixin, VersionedFormMixin, forms.ModelForm):
    needed = ("held_on", "projects")
    # How many lines of the grounds went with projects that are not handed over.
    dropped = 0
    projects = ProjectsField(label="Đề án bàn giao", required=False, queryset=None)
    held_on = VnDateField(label="Ngày bàn giao", required=False, help_text="Ví dụ 20/11/2026.")
    held_month_day = DayMonthField(
        label="Hoặc ngày, tháng khi chưa rõ năm", required=False,
        help_text="Ví dụ 12/12; biên bản để trống chỗ ghi năm.",
    )  # fmt: skip
    started_at = ClockField(label="Bắt đầu lúc", required=False, help_text="Ví dụ 14:00.")
    ended_at = ClockField(label="Kết thúc lúc", required=False, help_text="Ví dụ 16:30.")
    giver = organisation_field(label="Bên giao", help_text="Gõ vài chữ của tên rồi chọn; không cần gõ dấu.")

    class Meta:
        model = HandoverEvent
        fields = (
            "subject", "held_on", "held_month_day", "started_at", "ended_at", "venue", "giver", "grounds", "note",
            "source_note",
        )  # fmt: skip
        widgets = {
            "subject": forms.Textarea(attrs={"rows": 2}),
            "grounds": forms.Textarea(attrs={"rows": 5}),
            "note": forms.Textarea(attrs={"rows": 3}),
        }
        error_messages = {"venue": {"required": "Nhập địa điểm, ví dụ “Hội trường Sở Công Thương”."}}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        event = self.instance
        self.fields["projects"].queryset = ready_projects(event.plan)
        if event.pk and not self.is_bound:
            self.initial["projects"] = event.projects.all()

    def clean_subject(self):
        """A new line of the field is a new line on paper."""
        return " | ".join(line.strip() for line in self.cleaned_data["subject"].splitlines() if line.strip())

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("held_on") and cleaned.get("held_month_day"):
            self.add_error("held_month_day", "Đã có ngày đủ năm thì để trống ô này.")
        started, ended = cleaned.get("started_at"), cleaned.get("ended_at")
        if started and ended and ended < started:
            self.add_error("ended_at", "Giờ kết thúc phải sau giờ bắt đầu.")
        if cleaned.get("projects") and cleaned.get("grounds"):
            # The minutes of a project that is not handed over would be printed as a ground.
            cleaned["grounds"], self.dropped = grounds_held(cleaned["grounds"], self.instance, cleaned["projects"])
        return cleaned


def count_field(label, *, required=True):
    """A small number of copies of a paper."""
    return forms.IntegerField(
        label=label, required=required, min_value=1, max_value=99,
        widget=forms.TextInput(attrs={"class": "input input--short", "inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "required": "Nhập số bản, từ 1 đến 99.", "invalid": "Nhập số bản, từ 1 đến 99.",
            "min_value": "Ít nhất 1 bản.", "max_value": "Nhiều nhất 99 bản.",
        },
    )  # fmt: skip


class MinutesForm(UnreadMixin, CleanTextMixin, VersionedFormMixin, forms.ModelForm):
    needed = ("receiver", "receiver_facility")
    receiver = organisation_field(
        label="Cơ quan nhận", required=False, help_text="Sở, UBND, trung tâm: gõ vài chữ của tên rồi chọn."
    )
    receiver_facility = FacilityField(
        label="hoặc cơ sở nhận", required=False, queryset=Facility.objects.none(),
        help_text="Cơ sở công nghiệp nông thôn: gõ tên, mã số thuế hoặc địa danh.",
    )  # fmt: skip
    copies = count_field("Lập thành (bản)")
    copies_each = count_field("Mỗi bên giữ (bản)")

    class Meta:
        model = HandoverMinutes
        fields = (
            "receiver", "receiver_facility", "condition", "finance", "giver_duties", "receiver_duties", "copies",
            "copies_each",
        )  # fmt: skip
        widgets = {
            "condition": forms.Textarea(attrs={"rows": 3}),
            "finance": forms.Textarea(attrs={"rows": 3}),
            "giver_duties": forms.Textarea(attrs={"rows": 4}),
            "receiver_duties": forms.Textarea(attrs={"rows": 4}),
        }
        help_texts = {
            "condition": "Ví dụ: Máy móc đủ số lượng, đúng quy cách, vận hành tốt.",
            "finance": "Ví dụ: Đã quyết toán, không còn công nợ.",
        }

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["receiver_facility"].queryset = Facility.objects.visible_to(user).select_related("unit")

    def typed_receiver(self):
        """(organisation, facility) as far as what is typed can be read."""
        found = []
        for name in ("receiver", "receiver_facility"):
            try:
                found.append(self.fields[name].clean(self[name].value() or ""))
            except ValidationError:
                found.append(None)
        return tuple(found)

    def clean(self):
        cleaned = super().clean()
        names = {"receiver", "receiver_facility"}
        given = [name for name in names if cleaned.get(name)]
        if len(given) == 2:
            self.add_error("receiver_facility", "Chỉ một bên nhận cho mỗi biên bản: bỏ trống cơ quan hoặc cơ sở.")
        elif not given and not names & self.errors.keys():
            self.add_error("receiver", "Chọn một cơ quan nhận, hoặc một cơ sở nhận ở ô bên.")
        copies, each = cleaned.get("copies"), cleaned.get("copies_each")
        if copies and each and each > copies:
            self.add_error("copies_each", f"Mỗi bên giữ không quá {copies} bản đã lập.")
        return cleaned
