"""Addresses of this room, with the plan and facility pages that need projects."""

from django.urls import path

from projects.views import acceptance, desk, entry, facilities, follow_up, handover, minutes, plans, projects

app_name = "projects"
urlpatterns = [
    path("co-so/<int:pk>/", facilities.facility_detail, name="facility_detail"),
    path("ke-hoach/", plans.PlanListView.as_view(), name="plan_list"),
    path("ke-hoach/<int:pk>/", plans.plan_detail, name="plan_detail"),
    path("ke-hoach/<int:pk>/xep/", plans.plan_place, name="plan_place"),
    path("ke-hoach/<int:pk>/trinh/", plans.plan_submit, name="plan_submit"),
    path("ke-hoach/<int:pk>/duyet/", desk.plan_approve, name="plan_approve"),
    path("ke-hoach/<int:pk>/tra-lai/", plans.plan_return, name="plan_return"),
    path("ke-hoach/<int:pk>/ket-thuc/", plans.plan_close, name="plan_close"),
    path("ke-hoach/ban-chup/<int:pk>/", plans.plan_snapshot, name="plan_snapshot"),
    path("de-an/", projects.project_list, name="list"),
    path("de-an/moi/", entry.project_create, name="create"),
    path("de-an/<int:pk>/", projects.project_detail, name="detail"),
    path("de-an/<int:pk>/sua/<slug:part>/", entry.project_edit, name="edit"),
    path("de-an/<int:pk>/tinh/<slug:part>/", entry.project_sums, name="sums"),
    path("de-an/<int:pk>/tham-dinh/", projects.project_appraise, name="appraise"),
    path("de-an/<int:pk>/tra-lai/", projects.project_return, name="return"),
    path("de-an/<int:pk>/khong-duyet/", projects.project_reject, name="reject"),
    path("de-an/<int:pk>/chuyen-ke-hoach/", projects.project_move, name="move"),
    path("de-an/<int:pk>/bat-dau/", projects.project_start, name="start"),
    path("de-an/<int:pk>/nghiem-thu/", acceptance.acceptances, name="acceptances"),
    path("de-an/<int:pk>/nghiem-thu/moi/", acceptance.acceptance_create, name="accept"),
    path("de-an/<int:pk>/nghiem-thu/mo-lai/", acceptance.acceptance_reopen, name="acceptance_reopen"),
    path("de-an/nghiem-thu/<int:pk>/", acceptance.acceptance_detail, name="acceptance_detail"),
    path("de-an/<int:pk>/theo-doi/<slug:slug>/", follow_up.follow_up, name="follow_up"),
    path("theo-doi/", follow_up.follow_ups, name="follow_ups"),
    path("de-an/<int:pk>/xoa/", projects.project_delete, name="delete"),
    path("ban-giao/", handover.HandoverListView.as_view(), name="handover_list"),
    path("ban-giao/chon-co-quan/", handover.organisation_options, name="organisation_options"),
    path("ke-hoach/<int:pk>/ban-giao-moi/", handover.handover_create, name="handover_create"),
    path("ban-giao/<int:pk>/", handover.handover_detail, name="handover_detail"),
    path("ban-giao/<int:pk>/sua/", handover.handover_edit, name="handover_edit"),
    path("ban-giao/<int:pk>/hoan-tat/", handover.handover_complete, name="handover_complete"),
    path("ban-giao/<int:pk>/pdf/", handover.handover_pdf, name="handover_pdf"),
    path("ban-giao/<int:pk>/ben-nhan-moi/", minutes.minutes_create, name="minutes_create"),
    path("ban-giao/<int:pk>/lap-san/", minutes.minutes_fill, name="minutes_fill"),
    path("ban-giao/bien-ban/<int:pk>/sua/", minutes.minutes_edit, name="minutes_edit"),
    path("ban-giao/bien-ban/<int:pk>/bo/", minutes.minutes_delete, name="minutes_delete"),
    path("ban-giao/bien-ban/<int:pk>/xem-truoc/", minutes.minutes_preview, name="minutes_preview"),
    path("ban-giao/bien-ban/<int:pk>/pdf/", minutes.minutes_pdf, name="minutes_pdf"),
]
