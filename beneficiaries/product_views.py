"""Certified products (sản phẩm công nghiệp nông thôn tiêu biểu): list, entry."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from beneficiaries import permissions, services
from beneficiaries.models import CertifiedProduct, Facility
from beneficiaries.product_forms import ProductFilterForm, ProductForm, product_totals
from khuyencong.dates import today
from khuyencong.desk.once import once
from khuyencong.forms import add_refusal
from khuyencong.lists import PagedListView
from khuyencong.permissions import require
from khuyencong.versions import StaleVersionError

ONLY_EDITORS = "Chỉ chuyên viên, lãnh đạo phòng ghi được sản phẩm tiêu biểu."


class ProductListView(PagedListView):
    def get_queryset(self):
        self.filter_form = ProductFilterForm(self.request.GET, user=self.request.user)
        products = CertifiedProduct.objects.visible_to(self.request.user)
        return self.filter_form.filter(products).select_related("facility__unit")

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            filter_form=self.filter_form,
            totals=product_totals(self.object_list),
            chips=self.filter_form.chips(),
            default_sort=self.filter_form.default_sort,
            can_create=permissions.can_create_facility(self.request.user),
            today=today(),
            **kwargs,
        )

    def get_template_names(self):
        name = "_product_table" if self.request.htmx else "product_list"
        return [f"beneficiaries/{name}.html"]


@once
def product_create(request):
    require(permissions.can_create_facility(request.user), ONLY_EDITORS)
    facility = Facility.objects.visible_to(request.user).filter(pk=_key(request.GET.get("co-so"))).first()
    return _edit(request, CertifiedProduct(facility=facility, year=today().year), done="Đã ghi “{}”.")


def _key(text):
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def product_edit(request, pk):
    product = _visible(request, pk)
    require(permissions.can_edit_facility(request.user, product.facility), services.ONLY_PRODUCT_STAFF)
    return _edit(request, product, done="Đã lưu “{}”.")


def _visible(request, pk):
    products = CertifiedProduct.objects.visible_to(request.user).select_related("facility__owner", "facility__unit")
    return get_object_or_404(products, pk=pk)


def _edit(request, product, *, done):
    name = product.name
    form = ProductForm(request.POST if request.method == "POST" else None, instance=product, user=request.user)
    if form.is_valid():
        try:
            services.save_product(form.instance, by=request.user, expected_version=form.expected_version)
        except StaleVersionError as stale:
            form.show_conflicts(stale.current)
        except ValidationError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, done.format(form.instance))
            again = request.POST.get("luu") == "them"
            return redirect("beneficiaries:product_create" if again else "beneficiaries:products")
    return render(request, "beneficiaries/product_form.html", {"form": form, "product": product, "name": name})


@require_POST
def product_remove(request, pk):
    product = _visible(request, pk)
    services.remove_product(product, by=request.user)
    messages.success(request, f"Đã bỏ “{product}” của {product.facility}.")
    return redirect("beneficiaries:products")
