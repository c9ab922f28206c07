"""The parts of the entry form: their order, addresses and names, for pages, task lists and returns alike."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    slug: str
    label: str
    is_entry: bool = True


PARTS = (
    Part("thong-tin", "Thông tin chung"),
    Part("kinh-phi", "Kinh phí theo nguồn"),
    Part("thu-huong", "Đơn vị thụ hưởng"),
    Part("du-toan", "Máy móc, hạng mục"),
    Part("noi-dung", "Nội dung, tiến độ"),
    Part("hieu-qua", "Hiệu quả"),
    Part("kiem-tra", "Kiểm tra và trình", is_entry=False),
)
BY_SLUG = {part.slug: part for part in PARTS}


def following(slug):
    """The part after this one; the last is followed by itself."""
    slugs = [part.slug for part in PARTS]
    return BY_SLUG[slugs[min(slugs.index(slug) + 1, len(slugs) - 1)]]
