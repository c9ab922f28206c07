"""Facilities of a province: many small, few large, each somewhere on its ground."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from stdnum.vn import mst

from beneficiaries.models import Facility, LegalForm, facility_name_key
from khuyencong.text import fold, sort_key
from projects.demo.large import words
from projects.demo.large.ground import House, Place
from projects.demo.large.sheets import Sheet
from projects.demo.large.trail import Act, Subject

# Of a hundred; how the name begins; how many people work there, at the most.
FORMS = (
    (LegalForm.SME, 46, "Công ty TNHH", 180),
    (LegalForm.SME, 12, "Công ty Cổ phần", 199),
    (LegalForm.SME, 7, "Doanh nghiệp tư nhân", 60),
    (LegalForm.COOPERATIVE, 10, "Hợp tác xã", 90),
    (LegalForm.COOPERATIVE_GROUP, 3, "Tổ hợp tác", 25),
    (LegalForm.HOUSEHOLD, 21, "Hộ kinh doanh", 12),
    (LegalForm.ARTISAN, 1, "Nghệ nhân", 4),
)
LACKING_TAX_CODE = (LegalForm.HOUSEHOLD, LegalForm.COOPERATIVE_GROUP, LegalForm.ARTISAN)
CREATED = Act("facility.create", "Thêm cơ sở")
# Facilities entered after the merger of provinces stand in communes of today.
OLD_DIVISION = 0.75
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Known:
    """What projects have to know of a facility."""

    pk: int
    name: str
    place: Place
    industry: int
    product: str
    form: str


class Facilities:
    def __init__(self, rng, trail, industries):
        self.rng, self.trail, self.industries = rng, trail, industries
        self.serial = 0
        self.sheet = Sheet(
            Facility, "owner", "province", "created_by", "created_at", "updated_by", "updated_at", "name", "legal_form",
            "tax_code", "license_number", "license_issuer", "address", "unit", "industry", "products",
            "established_year", "representative", "phone", "labour_count", "capital", "revenue", "is_exporter",
            "uses_local_material", "is_outside_province", "search_key", "name_key", "sort_key",
            is_sample=True, source_note=words.SAMPLE, representative_position="Chủ cơ sở",
        )  # fmt: skip

    def enter(self, house: House, count: int, first_year: int) -> list[Known]:
        rng = self.rng
        trades = [(code, weight) for code, (weight, _products) in words.TRADES.items()]
        codes = rng.choices([code for code, _weight in trades], [weight for _code, weight in trades], k=count)
        forms = rng.choices(FORMS, [form[1] for form in FORMS], k=count)
        return [self._facility(house, code, form, first_year) for code, form in zip(codes, forms, strict=True)]

    def _facility(self, house, code, form, first_year):
        rng = self.rng
        legal_form, _weight, prefix, most_people = form
        product = rng.choice(words.TRADES[code][1])
        name = f"{prefix} {product[0].upper()}{product[1:]} {words.own_name(rng)}"
        places = house.old_places if rng.random() < OLD_DIVISION else house.new_places
        place = places[int(len(places) * rng.random() ** 1.4)]
        lacks = legal_form in LACKING_TAX_CODE and rng.random() < 0.6
        tax_code = None if lacks else self._tax_code()
        number = f"{house.unit.code}{rng.randrange(10**6):06d}"
        # Few are large: the cube of chance is mostly small.
        people = 1 + int(most_people * rng.random() ** 3)
        capital = people * rng.randrange(20, 90) * MILLION
        day = datetime(first_year, 1, 2, 1, tzinfo=UTC) + timedelta(minutes=rng.randrange(60 * 24 * 60))
        officer = house.people[rng.choice(("chuyenvien", "chuyenvien2"))].pk
        owner, province = house.department.pk, house.unit.pk
        search_key = " ".join(filter(None, [fold(name), tax_code, number, fold(product), place.key]))
        pk = self.sheet.add(
            owner, province, officer, day, officer, day, name, legal_form.value, tax_code, number,
            f"Phòng Đăng ký kinh doanh {house.title}", f"Số {rng.randrange(1, 400)}", place.pk, self.industries[code],
            product, rng.randrange(1990, first_year + 1), words.person(rng), f"09{rng.randrange(10**8):08d}", people,
            capital, capital * rng.randrange(1, 4), rng.random() < 0.08, rng.random() < 0.3, rng.random() < 0.004,
            search_key, facility_name_key(name), sort_key(name)[:300],
        )  # fmt: skip
        subject = Subject("beneficiaries.facility", pk, name, province, owner)
        self.trail.tell(day, officer, CREATED, subject, [("tên cơ sở", "", name)])
        return Known(pk, name, place, self.industries[code], product, legal_form.value)

    def _tax_code(self):
        """The next number whose check digit is one digit."""
        while True:
            self.serial += 1
            number = f"{10 + self.serial // 10**7:02d}{self.serial % 10**7:07d}"
            digit = mst.calc_check_digit(number)
            if len(digit) == 1 and self.serial % 10**7:
                return number + digit
