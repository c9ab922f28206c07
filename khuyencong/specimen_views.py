"""The help page of the layout: each element beside its rule, and the specimen on which all of them stand."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from khuyencong.documents import pdf_response
from khuyencong.documents.specimen import ELEMENTS, PAGE_RULES, specimen, specimen_pdf
from khuyencong.print_setting_views import shown_in_portal


@require_GET
def layout_page(request):
    return render(request, "print_settings/layout.html", {"page_rules": PAGE_RULES, "elements": ELEMENTS})


@shown_in_portal
def specimen_page(request):
    return HttpResponse(specimen().render_html())


@require_GET
def specimen_file(request):
    return pdf_response(specimen_pdf(), specimen().filename)
