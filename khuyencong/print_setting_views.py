"""What each body prints on its papers: letterheads and signers with their dates; administrators keep them."""

from dataclasses import dataclass
from datetime import date

from csp.constants import SELF
from csp.decorators import csp_replace
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import ModelForm
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from khuyencong import print_settings as settings
from khuyencong.alphabet import Alphabetical
from khuyencong.dates import short_date, today
from khuyencong.documents import Document
from khuyencong.documents.kinds import KINDS
from khuyencong.documents.letterheads import deputies_signing, head_by, head_of, signature_of, signer_of
from khuyencong.documents.wording import own_parts
from khuyencong.forms import add_refusal
from khuyencong.lists import PER_PAGE, ListPaginator
from khuyencong.models import Letterhead, Organisation, Signer
from khuyencong.print_setting_forms import EndForm, LetterheadForm, SignerForm


@dataclass(frozen=True)
class Setting:
    """One kind of setting as the pages name it."""

    model: type
    form: type[ModelForm]
    noun: str
    lead: str

    def __str__(self):
        return self.noun


SETTINGS = {
    "phan-dau": Setting(
        Letterhead, LetterheadForm, "phần đầu văn bản",
        "Tên cơ quan chủ quản, cơ quan ban hành và địa danh in ở đầu mọi văn bản của cơ quan trong thời gian này.",
    ),
    "nguoi-ky": Setting(
        Signer, SignerForm, "người ký văn bản",
        "Họ tên, chức vụ in ở khối ký của văn bản do cơ quan ban hành trong thời gian này. Ghi theo quyết định, "
        "văn bản giao quyền của cơ quan.",
    ),
}  # fmt: skip


def shown_in_portal(view):
    """A paper to read that a page of the portal shows in a frame."""
    return require_GET(xframe_options_sameorigin(csp_replace({"frame-ancestors": [SELF]})(view)))


@require_GET
def overview(request):
    """The bodies of the person's house with what counts for each today."""
    bodies = settings.house_of(request.user).order_by(Alphabetical("name"))
    page = ListPaginator(bodies, PER_PAGE).page(request.GET.get("trang"))
    day, found = today(), [body.pk for body in page]
    heads = _by_body(Letterhead.objects.filter(organisation__in=found), day)
    signers = _by_body(Signer.objects.filter(organisation__in=found, kind=""), day)
    parts = own_parts(found, day)
    rows = [
        {
            "body": body, "head": _head_line(heads.get(body.pk)), "signer": signers.get(body.pk),
            "parts": sum(count for (owner, _kind), count in parts.items() if owner == body.pk),
        }
        for body in page
    ]  # fmt: skip
    common = own_parts([None], day)
    kinds = [{"kind": kind, "own": common[None, kind.key]} for kind in KINDS.values() if kind.slots]
    return render(request, "print_settings/overview.html", {"page": page, "rows": rows, "kinds": kinds, "today": day})


@require_GET
def body_page(request, pk):
    """Letterheads, signers, deputies and worded parts of one body."""
    body = _body(request, pk)
    day, may_set = today(), settings.may_set(request.user, body)
    parts = own_parts([body.pk], day)
    return render(
        request, "print_settings/body.html",
        {
            "body": body, "may_set": may_set, "today": day,
            "letterheads": _rows(body.letterheads.all(), day),
            "signers": _rows(body.signers.all(), day),
            "deputies": deputies_signing(body, day),
            "kinds": [{"kind": kind, "own": parts[body.pk, kind.key]} for kind in KINDS.values() if kind.slots],
        },
    )  # fmt: skip


@shown_in_portal
def head_preview(request, pk):
    """The head and foot of a paper of the body today; an administrator may try others by the address."""
    body = _body(request, pk)
    head, signer = head_of(body, today()), signer_of(body, "", today())
    typed = {name: value[:240] for name, value in request.GET.items()}
    if typed and settings.may_set(request.user, body):
        if "name_lines" in typed:
            head = head_by(_unsaved(Letterhead, typed))
        if "post" in typed:
            signer = _unsaved(Signer, typed)
    context = {
        **head, "symbol": f"BB-{body.symbol}" if body.symbol else "BB", "date": None, "draft": True,
        "signature": signature_of(signer), "recipients": ["Như trên", "Lưu: VT"],
    }  # fmt: skip
    return HttpResponse(Document("documents/head_preview.html", "xem-thu", context).render_html())


def setting_create(request, pk, what):
    body = _body(request, pk)
    setting = _setting(what)
    settings.require_setter(request.user, body)
    row = setting.model(organisation=body, **_proposed(setting.model, body))
    return _edit(request, what, row, f"Thêm {setting.noun}", "Đã thêm")


def setting_edit(request, what, pk):
    row = _row(request, what, pk)
    settings.require_setter(request.user, row.organisation)
    return _edit(request, what, row, f"Sửa {SETTINGS[what].noun}", "Đã sửa")


def setting_end(request, what, pk):
    """The last day of a row, also of one that issued papers carry."""
    row = _row(request, what, pk)
    settings.require_setter(request.user, row.organisation)
    form = EndForm(request.POST or None, initial={"valid_to": row.valid_to or today()})
    if request.method == "POST" and form.is_valid():
        try:
            settings.end_setting(row, form.cleaned_data["valid_to"], by=request.user)
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            day = short_date(form.cleaned_data["valid_to"])
            messages.success(
                request, f"{SETTINGS[what].noun.capitalize()} “{settings.line_of(row)}” dùng đến hết {day}."
            )
            return redirect("print_settings_body", row.organisation_id)
    context = {"form": form, "row": row, "setting": SETTINGS[what], "used": settings.last_use(row)}
    return render(request, "print_settings/end.html", context)


@require_POST
def setting_remove(request, what, pk):
    row = _row(request, what, pk)
    try:
        settings.remove_setting(row, by=request.user)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, f"Đã bỏ {SETTINGS[what].noun} “{settings.line_of(row)}”.")
    return redirect("print_settings_body", row.organisation_id)


def _edit(request, what, row, title, done):
    """The form of a row; “Xem thử” shows the head or signature as typed, without saving."""
    setting = SETTINGS[what]
    form = setting.form(request.POST or None, instance=row)
    tried = ""
    if request.method == "POST" and form.is_valid():
        if request.POST.get("act") == "try":
            typed = {name: form.cleaned_data.get(name) or "" for name in setting.form.Meta.fields}
            tried = f"{reverse('print_head', args=[row.organisation_id])}?{urlencode(typed)}"
        else:
            try:
                settings.save_setting(form.instance, by=request.user)
            except ValidationError as refusal:
                add_refusal(form, refusal)
            else:
                messages.success(
                    request, f"{done} {setting.noun} “{settings.line_of(row)}”, dùng {settings.period_of(row)}."
                )
                return redirect("print_settings_body", row.organisation_id)
    used = settings.last_use(row) if row.pk else None
    context = {"form": form, "row": row, "setting": setting, "title": title, "tried": tried, "used": used, "what": what}
    return render(request, "print_settings/setting_form.html", context)


def _proposed(model, body):
    """What a new row begins with."""
    if model is Signer:
        return {"valid_from": today()}
    head = head_of(body, today())
    lines = {
        "parent_lines": head["issuer"]["parent"].replace("\n", "|"),
        "name_lines": "|".join(head["issuer"]["name"]),
    }
    return lines | {"place": head["place"], "valid_from": today()}


def _unsaved(model, typed):
    names = {field.name for field in model._meta.fields} - {"id", "organisation", "valid_from", "valid_to"}
    return model(**{name: value for name, value in typed.items() if name in names})


def _rows(rows, day):
    """[{row, name, parent, kind: in words, period, state: "now" | "later" | "over", used: date | None}].

    One query for the uses of all.
    """
    rows = list(rows.select_related("organisation"))
    uses = settings.last_uses(rows)
    return [
        {
            "row": row, "name": settings.line_of(row), "kind": _kind_label(row), "period": settings.period_of(row),
            "parent": getattr(row, "parent_lines", "").replace("|", " "), "state": _state(row, day),
            "used": uses[row.pk],
        }
        for row in rows
    ]  # fmt: skip


def _kind_label(row):
    key = getattr(row, "kind", "")
    if not key:
        return "Mọi loại chưa có người ký riêng"
    return KINDS[key].label if key in KINDS else key


def _state(row, day):
    if row.valid_from and row.valid_from > day:
        return "later"
    return "over" if row.valid_to and row.valid_to < day else "now"


def _head_line(head):
    return head and {"name": settings.line_of(head), "place": head.place, "since": head.valid_from}


def _by_body(rows, day):
    """{body id: the row in force that began last}."""
    found = {}
    for row in sorted(rows, key=lambda row: (row.valid_from or date.min, row.pk)):
        if _state(row, day) == "now":
            found[row.organisation_id] = row
    return found


def _body(request, pk) -> Organisation:
    return get_object_or_404(settings.house_of(request.user), pk=pk)


def _setting(what):
    if what not in SETTINGS:
        raise Http404
    return SETTINGS[what]


def _row(request, what, pk):
    rows = _setting(what).model.objects.filter(organisation__in=settings.house_of(request.user))
    return get_object_or_404(rows.select_related("organisation"), pk=pk)
