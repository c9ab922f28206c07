"""Official forms as workbooks: the file of a record, and the settings page where a body keeps its own workbooks."""

from io import BytesIO

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from khuyencong.dates import today
from khuyencong.exports import form_templates
from khuyencong.exports.form_defaults import default_book
from khuyencong.exports.form_filling import fill
from khuyencong.forms import CleanTextMixin, FilesField, VnDateField, add_refusal
from khuyencong.models import FormTemplate
from khuyencong.print_settings import house_of, may_set, require_setter
from khuyencong.xlsx.exporter import CONTENT_TYPE
from reports.form_kinds import FORMS


class TemplateForm(CleanTextMixin, forms.Form):
    """A workbook and the day from which it counts."""

    file = FilesField(label="Tệp mẫu", accept=".xlsx", multiple=False, help_text="Tệp .xlsx có đủ các ô mang tên.")
    valid_from = VnDateField(label="Dùng từ ngày", help_text="Ví dụ 01/01/2027.")
    note = forms.CharField(
        label="Ghi chú", required=False, max_length=200, help_text="Ví dụ: theo Công văn số … của Cục."
    )

    def clean_file(self):
        return self.cleaned_data["file"][0]


def _kind(key):
    if key not in FORMS:
        raise Http404
    return FORMS[key]


def _body(request, pk):
    return get_object_or_404(house_of(request.user).select_related("parent"), pk=pk)


@require_GET
def form_file(request, kind, pk):
    """The form of one record, in the workbook that counts for its body today."""
    kind = _kind(kind)
    record = get_object_or_404(kind.records(request.user), pk=pk)
    content = form_templates.book_for(kind.owner(record), kind, today())
    values, rows = kind.filled(record)
    return _workbook(fill(content, kind, values, rows), f"{kind.filename(record)}_{today():%Y-%m-%d}.xlsx")


@require_http_methods(["GET", "POST"])
def form_settings(request, pk):
    """Every form with the workbook that counts and those before; a POST of an administrator brings another."""
    body = _body(request, pk)
    if request.method == "POST":
        require_setter(request.user, body)
    asked = request.POST.get("kind", "") if request.method == "POST" else ""
    typed = TemplateForm(request.POST, request.FILES, prefix=asked) if asked in FORMS else None
    if typed is not None and typed.is_valid() and (way_on := _take(request, body, FORMS[asked], typed)):
        return way_on
    rows = [_row(body, kind, typed if key == asked else TemplateForm(prefix=key)) for key, kind in FORMS.items()]
    context = {"body": body, "rows": rows, "may_set": may_set(request.user, body), "typed": typed, "today": today()}
    return render(request, "exports/form_settings.html", context)


def _take(request, body, kind, form):
    upload, day = form.cleaned_data["file"], form.cleaned_data["valid_from"]
    try:
        _template, check = form_templates.add_template(
            body, kind, upload, by=request.user, valid_from=day, note=form.cleaned_data["note"]
        )
    except ValidationError as refusal:
        add_refusal(form, ValidationError({"file": refusal.messages}))
        return None
    messages.success(request, f"Đã nhận tệp mẫu “{kind.title}”. {' '.join(check.notes)}")
    return redirect("form_settings", body.pk)


def _row(body, kind, form):
    bodies = Q(organisation=body) | Q(organisation=body.parent_id)
    return {
        "kind": kind,
        "form": form,
        "current": form_templates.template_for(body, kind, today()),
        "rows": FormTemplate.objects.filter(bodies, kind=kind.key).select_related("file", "organisation", "created_by"),
        "names": [(name, label) for name, label in kind.needed.items()],
    }


@require_GET
def form_default(request, kind):
    """The workbook that comes with the portal, to begin with."""
    kind = _kind(kind)
    return _workbook(default_book(kind), f"{kind.key}_mau-cua-cong.xlsx")


def _template(request, pk):
    rows = FormTemplate.objects.filter(organisation__in=house_of(request.user))
    return get_object_or_404(rows.select_related("file", "organisation"), pk=pk)


@require_GET
def form_template_file(request, pk):
    template = _template(request, pk)
    return FileResponse(
        template.file.file.open(), as_attachment=True, filename=template.file.name, content_type=CONTENT_TYPE
    )


@require_POST
def form_template_end(request, pk):
    """Back to the workbook before, at last to the portal's own."""
    template = _template(request, pk)
    form_templates.end_template(template, by=request.user)
    messages.success(request, "Đã thôi dùng tệp mẫu này; từ nay dùng tệp trước đó, không có thì dùng mẫu của cổng.")
    return redirect(reverse("form_settings", args=[template.organisation_id]))


def _workbook(content, filename):
    return FileResponse(BytesIO(content), as_attachment=True, filename=filename, content_type=CONTENT_TYPE)
