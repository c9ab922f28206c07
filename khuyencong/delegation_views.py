"""The page on which a director names a deputy, and takes the delegation back."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from khuyencong import delegations
from khuyencong.dates import short_date, today
from khuyencong.forms import CleanTextMixin, VnDateField, add_refusal
from khuyencong.models import Delegation, Role
from khuyencong.permissions import require

ONLY_DIRECTORS = "Chỉ Giám đốc Sở giao quyền ký."


class DelegationForm(CleanTextMixin, forms.ModelForm):
    valid_from = VnDateField(label="Từ ngày", help_text="Ví dụ 02/01/2026.")
    valid_to = VnDateField(
        label="Đến hết ngày", help_text="Hết ngày này cổng tự thôi nhận chữ ký thay. Ví dụ 31/03/2026."
    )
    document_on = VnDateField(label="Ngày văn bản", required=False, help_text="Ví dụ 31/12/2025.")

    class Meta:
        model = Delegation
        fields = (
            "deputy", "capacity", "valid_from", "valid_to", "document_number", "document_on", "scope_note",
        )  # fmt: skip
        help_texts = {
            "document_number": "Ví dụ 12/GUQ-SCT. Ký thừa ủy quyền phải giao bằng văn bản (NĐ 30/2020, Điều 13).",
            "scope_note": "Được ký những gì. Ví dụ: biên bản nghiệm thu, bàn giao các đề án năm 2026.",
        }

    def __init__(self, *args, director, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["deputy"].queryset = delegations.deputies_of(director)
        self.fields["deputy"].empty_label = "Chọn người"
        self.fields["deputy"].label_from_instance = lambda user: f"{user}, {user.position or user.get_role_display()}"


def delegation_list(request):
    """Own delegations, newest first, and the form for the next."""
    require(request.user.role == Role.DIRECTOR, ONLY_DIRECTORS)
    form = DelegationForm(
        request.POST or None, director=request.user, instance=Delegation(director=request.user, valid_from=today())
    )
    if request.method == "POST" and form.is_valid():
        try:
            delegation = delegations.delegate(form.instance, by=request.user)
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            until = short_date(delegation.valid_to)
            messages.success(request, f"Đã giao quyền ký cho {delegation.deputy} đến hết {until}.")
            return redirect("delegations")
    rows = request.user.delegations_given.select_related("deputy__organisation")
    return render(request, "delegations/delegation_list.html", {"form": form, "rows": rows, "today": today()})


@require_POST
def delegation_revoke(request, pk):
    delegation = get_object_or_404(Delegation.objects.visible_to(request.user), pk=pk)
    delegations.revoke_delegation(delegation, by=request.user)
    messages.success(request, f"Đã thu hồi quyền ký của {delegation.deputy}.")
    return redirect("delegations")
