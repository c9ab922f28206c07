"""What a report consists of: parts I-VIII, the text parts and the tables in them (Nghị định 30/2020/NĐ-CP, Mẫu 1.4)."""

from dataclasses import dataclass

from reports.models import PhraseKind


@dataclass(frozen=True)
class TextPart:
    """A text that people may write; `phrases` is the list that it may pick from; `is_list`: one item a line."""

    key: str
    label: str
    hint: str
    phrases: str = ""
    is_list: bool = False


@dataclass(frozen=True)
class Chapter:
    """One of the parts I-VIII: its texts, then its tables."""

    numeral: str
    title: str
    texts: tuple[TextPart, ...]
    tables: tuple[str, ...] = ()

    @property
    def has_headings(self) -> bool:
        """Whether its texts stand under headings of their own."""
        return len(self.texts) > 1


CHAPTERS = (
    Chapter(
        "I",
        "Căn cứ, đặc điểm tình hình",
        (
            TextPart(
                "basis", "Căn cứ, đặc điểm tình hình",
                "Quyết định của chương trình và kế hoạch, đặc điểm của cơ sở, ngành nghề, địa bàn.",
            ),
        ),
    ),
    Chapter(
        "II",
        "Công tác chỉ đạo, tổ chức thực hiện",
        (
            TextPart(
                "direction", "Công tác chỉ đạo, tổ chức thực hiện",
                "Mỗi dòng một việc: văn bản đã ban hành, tổ chức bộ máy, kiểm tra.", is_list=True,
            ),
        ),
    ),
    Chapter(
        "III",
        "Kết quả thực hiện mục tiêu, nội dung",
        (TextPart("results", "Kết quả chung", "Kết quả chính, bằng lời; các bảng đứng sau."),),
        ("T1", "T2", "T3", "T4", "T5", "T6", "T7", "T11"),
    ),
    Chapter(
        "IV",
        "Kinh phí",
        (TextPart("money", "Kinh phí", "Giao, chi, quyết toán; vốn đối ứng huy động được."),),
    ),
    Chapter(
        "V",
        "Hiệu quả",
        (
            TextPart(
                "effect", "Hiệu quả", "Mỗi dòng một mặt: kinh tế, xã hội, môi trường.", is_list=True,
            ),
        ),
        ("T8", "T9"),
    ),
    Chapter(
        "VI",
        "Đánh giá chung",
        (
            TextPart("advantages", "Ưu điểm", "Mỗi dòng một ý.", is_list=True),
            TextPart("shortcomings", "Khó khăn, tồn tại", "Mỗi dòng một ý.", PhraseKind.DIFFICULTY, is_list=True),
            TextPart("causes", "Nguyên nhân", "Mỗi dòng một ý: khách quan, chủ quan.", is_list=True),
            TextPart("lessons", "Bài học kinh nghiệm", "Mỗi dòng một ý.", is_list=True),
        ),
        ("T10",),
    ),
    Chapter(
        "VII",
        "Phương hướng, nhiệm vụ thời gian tới",
        (TextPart("tasks", "Nhiệm vụ, giải pháp", "Mỗi dòng một nhiệm vụ.", PhraseKind.TASK, is_list=True),),
    ),
    Chapter(
        "VIII",
        "Đề xuất, kiến nghị",
        (TextPart("proposals", "Đề xuất, kiến nghị", "Mỗi dòng một kiến nghị, nêu với cơ quan nào.", is_list=True),),
    ),
)  # fmt: skip
PARTS = {part.key: part for chapter in CHAPTERS for part in chapter.texts}


def table_number(key: str) -> str:
    """“T3” is Bảng 3 on page, paper and sheet alike."""
    return key.removeprefix("T")
