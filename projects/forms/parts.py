"""The parts of the entry form: their order, addresses, names and fields, for pages, task lists and returns alike."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Part:
    """`fields` are what a return may name and a missing item may point at: {anchor: words}."""

    slug: str
    label: str
    fields: dict = field(default_factory=dict)
    is_entry: bool = True


PARTS = (
    Part("thong-tin", "Thông tin chung", {
        "name": "Tên", "content": "Nội dung hoạt động", "implementing_unit": "Đơn vị thực hiện", "unit": "Địa điểm",
        "starts_on": "Ngày bắt đầu", "ends_on": "Ngày hoàn thành", "target_mode": "Cách lập",
    }),
    Part("kinh-phi", "Kinh phí theo nguồn", {"total_cost": "Tổng dự toán", "split": "Phân bổ theo nguồn"}),
    Part("thu-huong", "Đơn vị thụ hưởng", {
        "beneficiaries": "Cơ sở, hạng mục", "amounts": "Kinh phí của từng cơ sở",
    }),
    Part("du-toan", "Máy móc, hạng mục", {"items": "Số lượng, đơn giá"}),
    Part("noi-dung", "Nội dung, tiến độ", {
        "necessity": "Sự cần thiết và căn cứ", "objective": "Mục tiêu", "scale": "Quy mô",
        "activities": "Nội dung và tiến độ", "arrangement": "Tổ chức thực hiện",
    }),
    Part("hieu-qua", "Hiệu quả", {
        "economic_effect": "Hiệu quả kinh tế", "social_effect": "Hiệu quả xã hội",
        "environmental_effect": "Hiệu quả môi trường", "lasting_effect": "Tính bền vững, nhân rộng",
    }),
    Part("kiem-tra", "Kiểm tra và trình", is_entry=False),
)  # fmt: skip
BY_SLUG = {part.slug: part for part in PARTS}
PART_OF = {name: part for part in PARTS for name in part.fields}


def following(slug):
    """The part after this one; the last is followed by itself."""
    slugs = [part.slug for part in PARTS]
    return BY_SLUG[slugs[min(slugs.index(slug) + 1, len(slugs) - 1)]]


def item_choices():
    """What a return may name: parts and their fields, as the groups of a choice field."""
    return [(part.label, [(part.slug, "Cả phần"), *part.fields.items()]) for part in PARTS if part.is_entry]
