"""The trades of Nghị định 45/2012/NĐ-CP, Điều 5 khoản 1; an administrator edits and dates them afterwards."""

from django.db import migrations

SOURCE = "Nghị định 45/2012/NĐ-CP, Điều 5 khoản 1 điểm"
INDUSTRIES = [
    ("a", "Công nghiệp chế biến nông - lâm - thủy sản và chế biến thực phẩm", "Chế biến nông, lâm, thủy sản", ""),
    ("b", "Sản xuất công nghiệp hàng tiêu dùng, hàng xuất khẩu, hàng thay thế nhập khẩu", "Hàng tiêu dùng, xuất khẩu", ""),
    ("c", "Công nghiệp hóa chất phục vụ nông nghiệp, nông thôn; sản xuất vật liệu xây dựng",
     "Hóa chất, vật liệu xây dựng",
     "Không hỗ trợ gạch đất sét nung bằng lò thủ công cải tiến, lò vòng (Thông tư 46/2012/TT-BCT, Điều 5 khoản 1)."),
    ("d", "Sản xuất sản phẩm, phụ tùng; lắp ráp và sửa chữa máy cơ khí, thiết bị điện, điện tử - tin học; công nghiệp hỗ trợ",
     "Cơ khí, điện, điện tử", ""),
    ("đ", "Sản xuất sản phẩm tiểu thủ công nghiệp", "Tiểu thủ công nghiệp", ""),
    ("e", "Khai thác, chế biến khoáng sản tại địa bàn có điều kiện kinh tế - xã hội khó khăn", "Khoáng sản", ""),
    ("g", "Áp dụng sản xuất sạch hơn, xử lý ô nhiễm môi trường", "Sản xuất sạch hơn", ""),
]  # fmt: skip


def load(apps, schema_editor):
    industry = apps.get_model("beneficiaries", "Industry")
    for position, (code, name, short_name, exclusion) in enumerate(INDUSTRIES, 1):
        industry.objects.create(
            code=code, name=name, short_name=short_name, exclusion_note=exclusion, position=position,
            legal_source=f"{SOURCE} {code}",
        )  # fmt: skip


def unload(apps, schema_editor):
    apps.get_model("beneficiaries", "Industry").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("beneficiaries", "0002_initial")]

    operations = [migrations.RunPython(load, unload)]
