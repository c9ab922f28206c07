"""What a person types into has a label, and an example or what it means; a few fields explain themselves."""

import importlib
from pathlib import Path

from django import forms
from django.conf import settings

from khuyencong.filters import FilterForm

ROOMS = ("khuyencong", "programs", "beneficiaries", "projects", "reports")
# Lines of a table: its heads say what a field is, and a hint would stand in every line.
ROWS = {
    "BeneficiaryRowForm", "ContractForm", "CostItemRowForm", "DoneForm", "GroupForm", "ItemForm", "MemberForm",
    "PaperForm", "PersonForm", "PlannedForm", "ProgressItemForm", "ReceiverPersonForm", "TargetForm", "VoucherForm",
    "WorkForm",
}  # fmt: skip
# Names that say all there is to say, wherever they stand.
PLAIN = {
    "conclusion", "copies", "copies_each", "explanation", "name", "note", "number", "old_password", "password",
    "period_end", "period_start", "q", "reason", "resolution", "round_no", "shortcomings", "signer_name",
    "signer_position", "since", "subject", "text", "until", "username", "venue", "who", "year",
}  # fmt: skip
# Helped in `__init__`, where the record is known; sent by buttons; the page of a scan stands beside its field.
ELSEWHERE = {
    "IssueForm.number_text", "ProductForm.valid_until", "PlaceForm.place", "PlaceForm.page_number",
}  # fmt: skip


def form_modules():
    for room in ROOMS:
        for path in sorted(Path(settings.BASE_DIR, room).rglob("*.py")):
            name = path.relative_to(settings.BASE_DIR).with_suffix("")
            if "forms" in path.stem or "forms" in name.parts or path.stem.endswith("_views"):
                yield ".".join(name.parts).removesuffix(".__init__")


def own_forms():
    for name in form_modules():
        importlib.import_module(name)
    found, waiting = set(), [forms.BaseForm]
    while waiting:
        below = waiting.pop().__subclasses__()
        waiting += below
        found |= {form for form in below if form.__module__.partition(".")[0] in ROOMS and hasattr(form, "base_fields")}
    return [
        form
        for form in found
        if not issubclass(form, FilterForm) and not form.__module__.endswith((".exchange", ".admin"))
    ]


def is_typed(field):
    """Choices, ticks and files show what they offer."""
    offers = (forms.ChoiceField, forms.BooleanField, forms.FileField, forms.ModelChoiceField)
    return not field.widget.is_hidden and not isinstance(field, offers)


def test_every_field_has_a_label():
    nameless = {
        f"{form.__qualname__}.{name}"
        for form in own_forms()
        for name, field in form.base_fields.items()
        if not field.widget.is_hidden and not field.label
    }
    assert nameless <= {"PlaceForm.place"}  # sent by buttons


def test_typed_fields_have_help_or_explain_themselves():
    bare = {
        f"{form.__qualname__}.{name}"
        for form in own_forms()
        if form.__name__ not in ROWS
        for name, field in form.base_fields.items()
        if is_typed(field) and not field.help_text and name not in PLAIN
    }
    assert bare == ELSEWHERE
