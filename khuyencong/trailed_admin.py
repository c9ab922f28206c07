"""What an administrator changes in the admin stands in the trail, with the old and the new value of each field."""

from django.contrib import admin
from django.db import transaction

from khuyencong.audit import field_changes, record


class TrailedAdmin(admin.ModelAdmin):
    """A catalogue or a rule: an act named after `noun`, such as `catalogue.edit`.

    Rows inside the page of another (inlines) are told under the other's name, added or taken away as whole texts.
    """

    noun = "catalogue"

    def save_model(self, request, obj, form, change):
        stored = type(obj).objects.filter(pk=obj.pk).first()
        super().save_model(request, obj, form, change)
        changes = field_changes(stored, obj, [field.name for field in obj._meta.fields if field.editable])
        if changes:
            self._record(request, "edit" if stored else "create", "Sửa" if stored else "Thêm", obj, changes=changes)

    def save_related(self, request, form, formsets, change):
        before = self._beside(form.instance, form, formsets) if change else {}
        super().save_related(request, form, formsets, change)
        after = self._beside(form.instance, form, formsets)
        changes = [(name, before.get(name, ""), text) for name, text in after.items() if text != before.get(name, "")]
        if changes:
            self._record(request, "edit", "Sửa", form.instance, changes=changes)

    def delete_model(self, request, obj):
        self._record(request, "delete", "Xóa", obj)
        super().delete_model(request, obj)

    @transaction.atomic
    def delete_queryset(self, request, queryset):
        for row in queryset:
            self.delete_model(request, row)

    @staticmethod
    def _beside(obj, form, formsets):
        """{name: texts} of the inlines and of the many-to-many fields as they are stored."""
        beside = {
            str(formset.model._meta.verbose_name_plural): "; ".join(
                map(str, formset.model.objects.filter(**{formset.fk.name: obj}).order_by("pk"))
            )
            for formset in formsets
        }
        many = [field for field in obj._meta.many_to_many if field.name in form.fields]
        return beside | {str(field.verbose_name): "; ".join(map(str, getattr(obj, field.name).all())) for field in many}

    def _record(self, request, act, word, obj, changes=()):
        label = f"{word} {obj._meta.verbose_name}"
        record(request.user, f"{self.noun}.{act}", label, obj, changes=changes)
