"""What published reports name as difficulties and as tasks ahead, to pick from."""

from django.db import migrations

SOC_TRANG = "Bùi Việt, “Đề án khuyến công Sóc Trăng: Phát huy tốt hiệu quả”, bài ngày 02/07/2019"
CENTRE_1 = "Thanh Thúy, Báo Nam Định điện tử, 05/11/2020"
VINH_LONG = "Giang-KCVL, bài về kế hoạch khuyến công địa phương tỉnh Vĩnh Long năm 2016"
TRA_VINH = "Mỹ Nhân, “Hội thảo triển khai chiến lược rút lui của Dự án SME Trà Vinh”, Báo Trà Vinh"

DIFFICULTIES = [
    ("SMALL_SCALE", "Đa số cơ sở công nghiệp nông thôn có quy mô nhỏ, sản xuất manh mún", SOC_TRANG),
    ("NOT_ELIGIBLE", "Nhiều cơ sở chưa đủ điều kiện tiếp cận chính sách khuyến công", SOC_TRANG),
    ("STAFF", "Cán bộ làm công tác khuyến công ở cơ sở còn mỏng, kiêm nhiệm và thường xuyên thay đổi", SOC_TRANG),
    ("SELECTION", "Khâu lựa chọn, tư vấn cho cơ sở thụ hưởng còn hạn chế", SOC_TRANG),
    ("CHANGED_STOPPED", "Một số đề án phải điều chỉnh, phải ngừng thực hiện", SOC_TRANG),
    (
        "NO_FUND_CCN",
        "Hỗ trợ kết cấu hạ tầng và xử lý ô nhiễm môi trường tại cụm công nghiệp chưa thực hiện được do thiếu vốn",
        SOC_TRANG,
    ),
]
TASKS = [
    (
        "PRIORITY",
        "Ưu tiên đề án trên địa bàn xây dựng nông thôn mới, đề án có vốn đầu tư lớn và thu hút nhiều lao động",
        SOC_TRANG,
    ),
    ("RIGHT_USE", "Quản lý và sử dụng kinh phí khuyến công đúng quy định", SOC_TRANG),
    ("COOPERATION", "Phối hợp chặt chẽ giữa các cấp, các ngành trong xây dựng kế hoạch và thực hiện đề án", SOC_TRANG),
    ("OTHER_MONEY", "Huy động và sử dụng có hiệu quả các nguồn kinh phí ngoài ngân sách nhà nước", SOC_TRANG),
    ("SUPERVISION", "Giám sát chặt chẽ tiến độ, kịp thời tháo gỡ khó khăn, vướng mắc của các đề án", SOC_TRANG),
    ("INFORMATION", "Đa dạng hóa hình thức thông tin, tuyên truyền chính sách khuyến công", SOC_TRANG),
    ("TRAINING", "Đào tạo, tập huấn nâng cao trình độ chuyên môn của đội ngũ cán bộ khuyến công", SOC_TRANG),
    ("WIDER", "Mở rộng địa bàn và ngành nghề hỗ trợ", CENTRE_1),
    (
        "TECHNOLOGY",
        "Chú trọng chuyển giao công nghệ, máy móc thiết bị tiên tiến, áp dụng chuyển đổi số phù hợp với cơ sở",
        CENTRE_1,
    ),
    ("TOGETHER", "Lồng ghép các dự án, chương trình mục tiêu khác với kế hoạch khuyến công", VINH_LONG),
    ("KEEPING_UP", "Duy trì và nhân rộng kết quả sau khi chương trình, đề án kết thúc", TRA_VINH),
]


def load(apps, schema_editor):
    phrases = apps.get_model("reports", "EvaluationPhrase").objects
    for kind, rows in (("difficulty", DIFFICULTIES), ("task", TASKS)):
        for position, (code, text, source) in enumerate(rows, 1):
            phrases.create(kind=kind, code=code, text=text, position=position, source=source)


def unload(apps, schema_editor):
    codes = [code for code, _text, _source in DIFFICULTIES + TASKS]
    apps.get_model("reports", "EvaluationPhrase").objects.filter(code__in=codes).delete()


class Migration(migrations.Migration):
    dependencies = [("reports", "0002_counted_with")]

    operations = [migrations.RunPython(load, unload)]
