"""Facilities out of spreadsheets: matched in bulk, judged by the fields and rules of the entry form."""

from collections import defaultdict

from django.core.exceptions import ValidationError
from django.db.models import Q

from beneficiaries import permissions
from beneficiaries.forms import NEEDS_TAX_CODE, FacilityForm, check_facility_name, code_is_taken
from beneficiaries.models import (
    MAY_LACK_TAX_CODE,
    Facility,
    FacilityAlias,
    IndustrialCluster,
    Industry,
    LegalForm,
    facility_name_key,
)
from beneficiaries.services import FACILITY_FIELDS
from khuyencong.audit import field_changes, record_many
from khuyencong.imports.kinds import Examiner
from khuyencong.imports.places import Places
from khuyencong.imports.rules import broken_checks
from khuyencong.models import Decision, UnitSuccession, Verdict
from khuyencong.text import fold, quoted

NOT_YOURS = "Cơ sở này do cơ quan khác quản lý: chỉ chuyên viên của tỉnh có cơ sở được sửa. Bỏ dòng này khỏi tệp."
# How names begin, folded, and the legal form that they tell; the longer beginnings come first.
FORM_OF_NAME = (
    ("to hop tac", LegalForm.COOPERATIVE_GROUP),
    ("tht ", LegalForm.COOPERATIVE_GROUP),
    ("lien hiep hop tac xa", LegalForm.COOPERATIVE),
    ("hop tac xa", LegalForm.COOPERATIVE),
    ("htx", LegalForm.COOPERATIVE),
    ("cong ty", LegalForm.SME),
    ("cty", LegalForm.SME),
    ("ctcp", LegalForm.SME),
    ("doanh nghiep", LegalForm.SME),
    ("dntn", LegalForm.SME),
    ("ho kinh doanh", LegalForm.HOUSEHOLD),
    ("hkd", LegalForm.HOUSEHOLD),
    ("ho ", LegalForm.HOUSEHOLD),
    ("co so", LegalForm.HOUSEHOLD),
    ("cssx", LegalForm.HOUSEHOLD),
    ("nghe nhan", LegalForm.ARTISAN),
)
# What people write for the legal forms beside their names on the portal.
FORM_WORDS = {
    "doanh nghiep": LegalForm.SME, "cong ty": LegalForm.SME, "cong ty tnhh": LegalForm.SME, "dn": LegalForm.SME,
    "cong ty co phan": LegalForm.SME, "dntn": LegalForm.SME, "doanh nghiep tu nhan": LegalForm.SME,
    "htx": LegalForm.COOPERATIVE, "tht": LegalForm.COOPERATIVE_GROUP, "hkd": LegalForm.HOUSEHOLD,
    "ho": LegalForm.HOUSEHOLD, "ho ca the": LegalForm.HOUSEHOLD, "co so": LegalForm.HOUSEHOLD,
    "ho gia dinh": LegalForm.HOUSEHOLD, "ca nhan": LegalForm.HOUSEHOLD,
}  # fmt: skip
LEFT_EMPTY = (
    "để trống ô này, các ô khác vẫn nhập. Muốn nhập cả ô này thì sửa thành tên trong trang Danh mục của tệp mẫu."
)
TRAITS = ("is_cleaner_production", "is_exporter", "uses_local_material", "is_outside_province")
YES = {"x", "co", "1", "v", "dung", "true", "✓", "✔", "r"}
NO = {"khong", "0", "sai", "false"}
# Columns whose cells go into a field of the form as they are.
PLAIN = (
    "name", "short_name", "license_number", "license_on", "license_issuer", "address", "products", "established_year",
    "representative", "representative_position", "phone", "email", "labour_count", "capital", "revenue", "note",
    "source_note",
)  # fmt: skip


class FacilityExaminer(Examiner):
    """Finds the facility of each row, by tax code, then by name and commune, and says what the row would change."""

    def __init__(self, sheet_import, *, locks=False):
        super().__init__(sheet_import, locks=locks)
        self.form_fields = FacilityForm(user=self.by).fields
        self.places = Places(self.by)
        self.legal_forms = {fold(label): value for value, label in LegalForm.choices} | FORM_WORDS
        self.industries = {
            fold(name): industry
            for industry in Industry.objects.all()
            for name in (industry.code, industry.name, industry.short_name)
        }
        self.clusters = {fold(cluster.name): cluster for cluster in IndustrialCluster.objects.all()}
        # Making a row of so many columns anew takes longer than copying an empty one.
        self.blank = Facility(owner=self.by.organisation, created_by=self.by, updated_by=self.by)
        self.folded = {}
        # What the file said before: tax code or (name, commune) -> number of its row.
        self.codes, self.names = {}, {}

    def examine(self, rows):
        read = [(row, self._read(row)) for row in rows]
        stored = _Stored.around([given for _row, given in read], self.by, locks=self.locks)
        for row, given in read:
            self._judge(row, given, stored)

    def _read(self, row):
        """{field of the model: value}; what cannot be taken is refused on the row."""
        given = {}
        for key in PLAIN:
            if key in row.values:
                self._take(row, given, key, row.values[key])
        if "tax_code" in row.values:
            given["tax_code"] = row.values["tax_code"]
        for key in TRAITS:
            if key in row.values:
                self._take_trait(row, given, key)
        self._take_listed(row, given, "industry", self.industries)
        self._take_listed(row, given, "cluster", self.clusters)
        self._take_place(row, given)
        self._take_legal_form(row, given)
        row.label = given.get("name") or row.values.get("name", "")
        return given

    def _take(self, row, given, key, value):
        try:
            given[key] = self.form_fields[key].clean(value)
            if isinstance(given[key], int):  # the length of text is the form field's, the size of numbers the column's
                Facility._meta.get_field(key).run_validators(given[key])
            if key == "name":
                check_facility_name(given[key])
        except ValidationError as refusal:
            row.refuse(key, f"{quoted(str(value))}: {' '.join(refusal.messages)}")

    def _folded(self, text):
        """The same words come again with every row."""
        if text not in self.folded:
            self.folded[text] = fold(text)
        return self.folded[text]

    def _take_trait(self, row, given, key):
        said = self._folded(row.values[key])
        if said not in YES | NO:
            row.refuse(key, f"{quoted(row.values[key])} chưa rõ; ghi “x” hoặc “có”, để trống nếu không.")
        given[key] = said in YES

    def _take_listed(self, row, given, key, listed):
        """An entry of a catalogue that the form, too, lets stand empty: what is not in it is left out, and told."""
        if key not in row.values:
            return
        found = listed.get(self._folded(row.values[key]))
        if found is None:
            row.remark(key, f"{quoted(row.values[key])} không có trong danh mục: {LEFT_EMPTY}")
        else:
            given[key] = found

    def _take_place(self, row, given):
        """The commune from its own columns, else from the address, whose end then is no part of the address."""
        said = [row.values[key] for key in ("unit", "district", "province") if key in row.values]
        if "unit" in row.values:
            try:
                given["unit"] = self.places.find(", ".join(said))
            except ValueError as refusal:
                row.refuse("unit", str(refusal))
        elif "address" in given:
            found = self.places.in_address(", ".join([given["address"], *said]))
            if found:
                given["address"], given["unit"] = found

    def _take_legal_form(self, row, given):
        said = row.values.get("legal_form")
        if said:
            found = self.legal_forms.get(self._folded(said))
            if found is None:
                names = "; ".join(LegalForm.labels)
                row.refuse("legal_form", f"Không có hình thức pháp lý {quoted(said)}; ghi một trong: {names}.")
            else:
                given["legal_form"] = found

    def _judge(self, row, given, stored):
        if row.errors:
            row.verdict = Verdict.REFUSED
            return
        self._lead_on(row, given, stored)
        if self._repeats(row, given):
            return
        target = self._target(row, given, stored)
        if row.verdict:
            return
        before = None
        if target is None:
            facility = _copy(self.blank)
            self._complete(row, given)
        else:
            before, facility = target, _copy(target)
            row.matched_id, row.matched_version = target.pk, target.version
        for name, value in given.items():
            setattr(facility, name, value)
        if not row.errors:
            row.changes = self._changes(row, before, facility, given)
        if before is not None and not row.changes:
            row.verdict = Verdict.UNCHANGED
            return
        self._check(row, facility, before)
        if not row.errors:
            row.verdict, row.instance = Verdict.NEW if before is None else Verdict.CHANGED, facility

    @staticmethod
    def _changes(row, before, facility, given):
        if before is None and row.line:  # told in the preview
            return row.line.changes
        return field_changes(before, facility, [name for name in FACILITY_FIELDS if name in given])

    @staticmethod
    def _lead_on(row, given, stored):
        """The tax code and name of a record that was merged stand for those of the one it was merged into."""
        gone = stored.by_code.get(given.get("tax_code"))
        survivor = stored.survivor_of(gone)
        if survivor is None:
            return
        told = f"Hồ sơ {gone.tax_code} ({gone.name}) đã gộp vào “{survivor.name}”: dòng này tính cho hồ sơ ấy."
        row.remark("tax_code", told)
        del given["tax_code"]
        if survivor.tax_code:
            given["tax_code"] = survivor.tax_code
        if facility_name_key(given.get("name", "")) == gone.name_key:
            given["name"] = survivor.name

    def _repeats(self, row, given):
        """Whether the file has the facility in an earlier row; the second one is refused."""
        code, name = given.get("tax_code"), given.get("name")
        if code:
            first = self.codes.setdefault(code, row.number)
            if first != row.number:
                row.refuse("tax_code", f"Mã số thuế này đã ở dòng {first}: gộp hai dòng hoặc bỏ một dòng.")
        if name and given.get("unit") and not row.verdict:
            first, its_code = self.names.setdefault((fold(name), given["unit"].pk), (row.number, code))
            if first != row.number and not row.decision and not (code and its_code):
                row.verdict = Verdict.DOUBTFUL
                row.candidates = [(None, f"{name} (dòng {first} của tệp)", "cùng tên, cùng xã trong tệp này")]
        return bool(row.verdict)

    def _target(self, row, given, stored):
        """The facility that the row is about; None for a new one; a verdict on the row where a person has to say."""
        by_code = stored.by_code.get(given.get("tax_code"))
        if row.decision == Decision.SAME:
            return self._chosen(row, stored)
        if by_code:
            if by_code.pk not in stored.visible:
                row.refuse("tax_code", code_is_taken(None))
            elif "name" in given and facility_name_key(given["name"]) != by_code.name_key:
                row.candidates = [(by_code.pk, _told(by_code), "cùng mã số thuế, khác tên")]
                row.verdict = Verdict.DOUBTFUL
                if row.decision == Decision.NEW:
                    row.refuse("tax_code", code_is_taken(by_code))
            return by_code
        if row.decision == Decision.NEW:
            return None
        row.candidates = stored.like(given)
        sure = stored.same(given)
        if sure:
            row.candidates = []
            return sure
        if row.candidates:
            row.verdict = Verdict.DOUBTFUL
        return None

    def _chosen(self, row, stored):
        facility = stored.visible_one(row.chosen_id)
        if facility is None:
            row.refuse("", "Hồ sơ đã chọn không còn; chọn lại.")
        return facility

    def _complete(self, row, given):
        """What a new facility needs and the row does not say."""
        fixed = self.sheet_import.given
        if "legal_form" not in given and given.get("name"):
            begins = fold(given["name"])
            told = next((form for words, form in FORM_OF_NAME if begins.startswith(words)), None)
            given["legal_form"] = told or fixed.get("legal_form", "")
        if not given.get("name"):
            row.refuse("name", "Thiếu tên cơ sở: ghi tên đúng như giấy đăng ký.")
        if not given.get("legal_form"):
            row.refuse("legal_form", "Thiếu hình thức pháp lý: thêm cột, hoặc chọn chung cho cả tệp ở bước chọn cột.")
        if not given.get("unit"):
            row.refuse("unit", "Thiếu xã, phường: thêm cột, hoặc ghi “xã …” trong cột địa chỉ.")

    def _check(self, row, facility, before):
        """The form's own rules on the whole facility, then the table's."""
        if before is not None and not permissions.can_edit_facility(self.by, before):
            row.refuse("", NOT_YOURS)
        if row.errors:
            return
        if facility.legal_form not in MAY_LACK_TAX_CODE and not facility.tax_code:
            row.refuse("tax_code", NEEDS_TAX_CODE)
            return
        for sentence in broken_checks(facility):
            row.refuse("", sentence)

    def write(self, rows):
        now = [(row, row.instance) for row in rows]
        for row, facility in now:
            facility.updated_by = self.by
            if row.verdict == Verdict.CHANGED:
                facility.version += 1
            facility.derive()
        new = [facility for row, facility in now if row.verdict == Verdict.NEW]
        changed = [facility for row, facility in now if row.verdict == Verdict.CHANGED]
        Facility.objects.bulk_create(new, batch_size=500)
        # Django's bulk_update grows with rows × fields; a row that is there already is updated by its key.
        Facility.objects.bulk_create(
            changed, batch_size=500, update_conflicts=True, unique_fields=["id"], update_fields=WRITTEN_FIELDS
        )
        for row, facility in now:
            row.record_id = facility.pk
        told = [(facility, row.changes) for row, facility in now]
        record_many(self.by, "facility.import", "Nhập từ tệp", told, reason=self.reason)


WRITTEN_FIELDS = [
    *FACILITY_FIELDS, "province", "search_key", "name_key", "sort_key", "updated_by", "updated_at", "version",
]  # fmt: skip


class _Stored:
    """The facilities that the rows of a lot may be about, in a handful of questions."""

    def __init__(self, by_code, by_name, by_pk, visible, near):
        self.by_code, self.by_name, self.by_pk, self.visible, self.near = by_code, by_name, by_pk, visible, near

    @classmethod
    def around(cls, given, user, *, locks):
        codes = {row["tax_code"] for row in given if row.get("tax_code")}
        keys = {facility_name_key(row["name"]) for row in given if row.get("name")}
        aliases = FacilityAlias.objects.filter(Q(tax_code__in=codes) | Q(name_key__in=keys - {""}))
        earlier = [(alias.tax_code, alias.name_key, alias.facility_id) for alias in aliases]
        wanted = Q(tax_code__in=codes) | Q(name_key__in=keys) | Q(pk__in=[pk for _code, _key, pk in earlier])
        # Merged ones lead to the one that is left, over one more merging at most.
        for path in ("tax_code__in", "merged__tax_code__in"):
            wanted |= Q(pk__in=Facility.objects.filter(**{path: codes}).exclude(merged_into=None).values("merged_into"))
        facilities = Facility.objects.filter(wanted).select_related("unit", "industry", "cluster", "owner")
        if locks:
            facilities = facilities.select_for_update(of=("self",)).order_by("pk")
        by_pk = {facility.pk: facility for facility in facilities}
        visible = set(Facility.objects.filter(pk__in=by_pk).visible_to(user).values_list("pk", flat=True))
        by_code = {facility.tax_code: facility for facility in by_pk.values() if facility.tax_code}
        by_name = defaultdict(list)
        for facility in by_pk.values():
            if facility.pk in visible:
                by_name[facility.name_key].append((facility, "cùng tên"))
        for code, key, pk in earlier:
            if pk in visible:
                by_name[key].append((by_pk[pk], "tên cũ"))
                by_name[code].append((by_pk[pk], "mã số thuế cũ"))
        return cls(by_code, by_name, by_pk, visible, cls._grounds(given, by_pk))

    @staticmethod
    def _grounds(given, by_pk):
        """Pairs of communes of the two divisions that share ground."""
        units = {row["unit"].pk for row in given if row.get("unit")} | {row.unit_id for row in by_pk.values()}
        links = UnitSuccession.objects.filter(predecessor__in=units, successor__in=units)
        pairs = set(links.values_list("predecessor", "successor"))
        return pairs | {(successor, predecessor) for predecessor, successor in pairs}

    def survivor_of(self, facility):
        """The visible record into which this one was merged; None of one that stands for itself."""
        if facility is None or facility.merged_into_id is None:
            return None
        while facility is not None and facility.merged_into_id is not None:
            facility = self.by_pk.get(facility.merged_into_id)
        return self.visible_one(facility.pk) if facility else None

    def visible_one(self, pk):
        facility = self.by_pk.get(pk)
        return facility if facility and pk in self.visible else None

    def same(self, given):
        """The one facility of exactly this name in this commune, unless the tax codes speak against it."""
        if not given.get("name") or not given.get("unit"):
            return None
        found = [
            facility
            for facility, _why in self.by_name[facility_name_key(given["name"])]
            if fold(facility.name) == fold(given["name"]) and facility.unit_id == given["unit"].pk
        ]
        if len(found) != 1 or (given.get("tax_code") and found[0].tax_code):
            return None
        return found[0]

    def like(self, given):
        """[(pk, name, why)] of facilities that may be the one meant."""
        found = {}
        for facility, why in self.by_name[given.get("tax_code") or None]:
            found[facility.pk] = (facility.pk, _told(facility), why)
        unit = given.get("unit")
        for facility, why in self.by_name[facility_name_key(given["name"])] if given.get("name") else ():
            if unit is None or facility.unit_id == unit.pk:
                where = "cùng xã" if unit else "tệp không ghi xã"
            elif (facility.unit_id, unit.pk) in self.near:
                where = "xã trước, sau sáp nhập"
            else:
                continue
            found.setdefault(facility.pk, (facility.pk, _told(facility), f"{why}, {where}"))
        return list(found.values())[:5]


def _told(facility):
    return " – ".join(filter(None, [facility.name, facility.tax_code, str(facility.unit)]))[:300]


def _copy(facility):
    """The same row to be changed, with its related rows at hand."""
    copy = Facility.__new__(Facility)
    copy.__dict__ = {**facility.__dict__, "_state": facility._state.__class__()}
    copy._state.adding, copy._state.db = facility._state.adding, facility._state.db
    copy._state.fields_cache = dict(facility._state.fields_cache)
    return copy
