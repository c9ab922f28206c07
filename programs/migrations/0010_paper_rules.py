"""Papers that each step needs, with their clause; for local money the same as a proposal that a province changes.

Thông tư 36/2013/TT-BCT binds national money only (its Điều 1); provinces write their own procedure (Thông tư
46/2012/TT-BCT, Điều 8 khoản 3 điểm b), so the local rows remind and never refuse until somebody has checked them.
"""

from django.db import migrations, models

TT36 = "Thông tư 36/2013/TT-BCT"
FIRST_TEXT = "Lời văn ban hành năm 2013; chưa đối chiếu được Thông tư 17/2018/TT-BCT có sửa phần này không."
AMENDED = "Lời văn ban hành năm 2013; Thông tư 17/2018/TT-BCT đã sửa điều này, phần sửa chưa đối chiếu được."
LOCAL = (
    "Đề xuất theo quy định của khuyến công quốc gia; tỉnh quy định riêng cho khuyến công địa phương "
    "(Thông tư 46/2012/TT-BCT, Điều 8 khoản 3 điểm b)."
)
EXPIRED = "Văn bản hết hiệu lực từ 11/5/2018; nguyên tắc kế tiếp trong Thông tư 28/2018/TT-BTC chưa đối chiếu được."

DEMO = ("DEMO_NEW", "DEMO_REPLICATE")
POLLUTION = ("POLLUTION_CCN", "POLLUTION_FACILITY")
ALL = ("",)
ORIGINAL, VALID_COPY, EITHER = "original", "valid_copy", "either"
SPENT = "Bảng kê và chứng từ của 100% kinh phí"


def need(name, *, copy=EITHER, mandatory=True, met_by="", invoicing=""):
    return {
        "name": name, "copy_need": copy, "is_mandatory": mandatory, "met_by": met_by, "invoicing": invoicing,
    }  # fmt: skip


CONTRACT = need("Hợp đồng thực hiện đề án", met_by="contract")
SUPPORT_CONTRACT = need("Hợp đồng hỗ trợ với chủ đầu tư, cơ sở thụ hưởng", met_by="support_contracts")
ACCEPTANCE = need("Biên bản nghiệm thu cơ sở (Mẫu 5a, 5b hoặc 5c)", met_by="acceptance")
VOLUME = need("Báo cáo khối lượng hoàn thành và kinh phí thực hiện (Mẫu 3b)")

# step, clause, whether checked against the text, note, contents, papers
GROUPS = [
    ("submit", f"{TT36}, Điều 10 khoản 1", False, AMENDED, ALL, [
        need("Công văn đề nghị của đơn vị thực hiện", copy=ORIGINAL),
        need("Đề án và dự toán (Mẫu 1) có ký tên, đóng dấu", copy=ORIGINAL),
        need("Đề nghị của đơn vị thụ hưởng (khi không phải là đơn vị thực hiện)", copy=ORIGINAL, mandatory=False),
        need("Giấy tờ của cơ sở theo Phụ lục 2"),
    ]),
    ("submit", "TTLT 26/2014/TTLT-BTC-BCT, Điều 7 khoản 3", False, EXPIRED, ALL, [
        need("Cam kết đã đầu tư hoặc có đủ kinh phí thực hiện đề án sau khi được hỗ trợ", copy=ORIGINAL),
    ]),
    ("submit", "TTLT 26/2014/TTLT-BTC-BCT, Điều 7 khoản 4", False, EXPIRED, ALL, [
        need("Cam kết chưa được hỗ trợ từ nguồn nào của Nhà nước cho cùng nội dung chi", copy=ORIGINAL),
    ]),
    ("contract", f"{TT36}, Điều 12 khoản 2", False, AMENDED, ALL, [need("Dự toán chi tiết kèm hợp đồng")]),
    ("contract", f"{TT36}, Điều 21 khoản 2 điểm c", False, FIRST_TEXT, ALL, [
        need("Quyết định phê duyệt kết quả đấu thầu (nội dung phải đấu thầu)", mandatory=False),
    ]),
    ("advance", f"{TT36}, Điều 13", True, AMENDED, ALL, [CONTRACT]),
    ("advance", f"{TT36}, Điều 13 khoản 1", True, AMENDED, ("CCN_INFRA", "POLLUTION_CCN"), [
        SUPPORT_CONTRACT,
        need("Hợp đồng giữa chủ đầu tư và nhà thầu (khi thuê)", mandatory=False),
        need("Báo cáo tiến độ: trên 50% khối lượng hạng mục được hỗ trợ, Sở xác nhận", met_by="progress"),
    ]),
    ("advance", f"{TT36}, Điều 13 khoản 2 điểm a", True, AMENDED, ("VOCATIONAL", "CRAFT_TRANSFER"), [
        need("Kế hoạch triển khai đào tạo (Mẫu 11)"),
    ]),
    ("advance", f"{TT36}, Điều 13 khoản 2 điểm b", True, AMENDED, ("SEMINAR", "STARTUP", "STUDY_TOUR", "BRAND"), [
        need("Kế hoạch triển khai thực hiện"),
    ]),
    ("advance", f"{TT36}, Điều 13 khoản 2 điểm c", True, AMENDED, ("CCN_DETAIL_PLAN",), [SUPPORT_CONTRACT]),
    ("advance", f"{TT36}, Điều 13 khoản 2 điểm d", True, AMENDED,
     (*DEMO, "MACHINERY", "TECH_TRANSFER", "POLLUTION_FACILITY"), [
        need("Báo cáo tiến độ: giá trị thực hiện trên 70% tổng vốn đầu tư, Sở xác nhận", met_by="progress"),
    ]),
    ("advance", f"{TT36}, Điều 13 khoản 3", True, AMENDED, ("ENTERPRISE_SETUP",), [
        ACCEPTANCE,
        VOLUME,
        need("Giấy chứng nhận đăng ký doanh nghiệp", copy=VALID_COPY),
    ]),
    ("advance", f"{TT36}, Điều 15 khoản 1", True, FIRST_TEXT, ("RELOCATION",), [
        ACCEPTANCE,
        VOLUME,
        need("Hợp đồng tín dụng"),
        need("Chứng từ trả lãi vay hai năm đầu"),
        need("Hợp đồng, thanh lý hợp đồng với nhà thầu"),
    ]),
    ("acceptance", "", False, "Đề xuất: văn bản không nêu riêng hồ sơ nghiệm thu.", ALL, [
        need("Văn bản đề nghị nghiệm thu, kèm báo cáo kết quả thực hiện", copy=ORIGINAL),
    ]),
    ("remaining", f"{TT36}, Điều 14", True, FIRST_TEXT, ALL, [
        ACCEPTANCE,
        need("Báo cáo tổng hợp kết quả thực hiện đề án", copy=ORIGINAL),
        VOLUME,
    ]),
    ("remaining", f"{TT36}, Điều 14", True, FIRST_TEXT, ("VOCATIONAL", "CRAFT_TRANSFER"), [
        need("Quyết định cấp chứng chỉ, chứng nhận"),
        need("Danh sách học viên được cấp chứng chỉ, có ký nhận"),
        need("Danh sách lao động được sử dụng sau đào tạo, cơ sở và đơn vị thực hiện xác nhận"),
        need("Hóa đơn hoặc danh sách ký nhận tiền ăn, đi lại"),
    ]),
    ("remaining", f"{TT36}, Điều 14", True, FIRST_TEXT, ("CONSULT",), [
        need("Hợp đồng, nghiệm thu, thanh lý hợp đồng tư vấn và sản phẩm tư vấn"),
        need(SPENT),
    ]),
    ("remaining", f"{TT36}, Điều 14", True, FIRST_TEXT, ("STARTUP", "STAFF_TRAINING"), [
        need("Danh sách học viên có ký tên"),
        need("Giáo trình, tài liệu"),
        need("Hóa đơn hoặc danh sách ký nhận tiền ăn"),
    ]),
    ("remaining", f"{TT36}, Điều 14", True, FIRST_TEXT, ("SEMINAR",), [
        need("Danh sách đại biểu, học viên có ký tên"),
        need("Tài liệu hội thảo, giáo trình tập huấn"),
        need("Hóa đơn hoặc danh sách ký nhận tiền ăn, nghỉ, đi lại của đại biểu không hưởng lương", mandatory=False),
    ]),
    ("remaining", f"{TT36}, Điều 14", True, FIRST_TEXT, DEMO, [
        need("Hóa đơn, chứng từ của hạng mục được hỗ trợ"),
        need("Danh sách đại biểu hội nghị trình diễn, có ký tên và xác nhận"),
        need("Tài liệu giới thiệu mô hình"),
        need("Danh sách ký nhận tiền ăn, nghỉ, đi lại"),
    ]),
    ("remaining", f"{TT36}, Điều 14", True, FIRST_TEXT, ("TECH_TRANSFER",), [
        need("Hợp đồng, nghiệm thu, thanh lý hợp đồng chuyển giao công nghệ"),
    ]),
    ("remaining", f"{TT36}, Điều 14", True, FIRST_TEXT, ("MACHINERY",), [
        need("Hợp đồng, nghiệm thu, thanh lý hợp đồng mua máy móc, thiết bị"),
    ]),
    ("remaining", f"{TT36}, Điều 14", True, FIRST_TEXT, ("CP_ASSESSMENT",), [
        need("Báo cáo đánh giá sản xuất sạch hơn được phê duyệt"),
    ]),
    ("remaining", f"{TT36}, Điều 14", True, FIRST_TEXT, ("BRAND",), [
        need("Giấy chứng nhận đăng ký nhãn hiệu"),
        need("Quy chế sử dụng nhãn hiệu (nhãn hiệu tập thể)", mandatory=False),
        need("Chiến lược, kế hoạch quảng bá"),
        need(SPENT),
    ]),
    ("remaining", f"{TT36}, Điều 14", True, FIRST_TEXT, ("BROADCAST", "DATABASE_WEB", "PRINT"), [
        need("Hợp đồng, nghiệm thu, thanh lý hợp đồng với nhà thầu"),
        need("Danh sách sản phẩm và sản phẩm mẫu"),
    ]),
    ("remaining", f"{TT36}, Điều 14", True, FIRST_TEXT, ("DATABASE_WEB",), [
        need("Giấy phép hoạt động của trang thông tin điện tử", mandatory=False),
    ]),
    ("remaining", f"{TT36}, Điều 14", True, FIRST_TEXT, ("ASSOCIATION",), [
        need("Quyết định thành lập, điều lệ"),
        need("Danh sách hội viên"),
        need(SPENT),
    ]),
    ("remaining", f"{TT36}, Điều 14", True, FIRST_TEXT, ("FAIR_ORGANISE",), [
        need("Danh sách đơn vị thuê gian hàng, Sở nơi tổ chức xác nhận", copy=ORIGINAL),
        need("Hợp đồng thuê gian hàng (vị trí, số lượng, giá, mức hỗ trợ)"),
    ]),
    ("remaining", f"{TT36}, Điều 14", True, FIRST_TEXT, ("FAIR_JOIN",), [
        need("Danh sách cơ sở được hỗ trợ, Sở xác nhận", copy=ORIGINAL),
        need("Hợp đồng thuê gian hàng"),
        need("Hóa đơn của đơn vị tổ chức hội chợ"),
    ]),
    ("remaining", f"{TT36}, Điều 14", True, FIRST_TEXT, ("LINKAGE_CLUSTER",), [
        need("Quyết định phê duyệt cụm liên kết"),
        need(SPENT),
    ]),
    ("remaining", f"{TT36}, Điều 14", True, FIRST_TEXT, ("CCN_DETAIL_PLAN",), [
        need("Quyết định phê duyệt quy hoạch chi tiết"),
        need(SPENT),
    ]),
    ("remaining", f"{TT36}, Điều 14", True, FIRST_TEXT, ("CCN_INFRA", *POLLUTION), [
        need("Biên bản nghiệm thu hoàn thành đưa vào sử dụng và bảng giá trị khối lượng"),
    ]),
    ("remaining", f"{TT36}, Điều 14", True, FIRST_TEXT, POLLUTION, [
        need("Xác nhận chất thải đầu ra đạt chuẩn"),
    ]),
    ("remaining", f"{TT36}, Điều 14", True, FIRST_TEXT, ("CCN_INFRA", "POLLUTION_CCN"), [
        need("Báo cáo kiểm toán độc lập (khi chủ đầu tư là doanh nghiệp)", mandatory=False),
    ]),
    ("remaining", f"{TT36}, Điều 14", True, FIRST_TEXT, ("CONTEST",), [
        need("Quyết định thành lập Ban Tổ chức, Ban Giám khảo"),
        need("Quyết định và danh sách đạt giải"),
    ]),
    ("settlement", f"{TT36}, Điều 19 khoản 1", True, FIRST_TEXT, ALL, [
        need("Biên bản nghiệm thu cơ sở (Mẫu 5a)", met_by="acceptance", invoicing="without"),
        need("Biểu quyết toán (Mẫu 7) và bảng kê chứng từ (Mẫu 8a)", met_by="settlement", invoicing="without"),
        need("Chứng từ chi theo Phụ lục 4", invoicing="without"),
        need("Biểu đề nghị thanh toán (Mẫu 9), nếu có", mandatory=False, invoicing="without"),
        need("Bảng kê chứng từ gồm cả nguồn khác (Mẫu 8b), khi hỗ trợ theo tỷ lệ tổng chi phí",
             mandatory=False, invoicing="without"),
    ]),
    ("settlement", f"{TT36}, Điều 19 khoản 2", True, FIRST_TEXT, ALL, [
        need("Biên bản nghiệm thu cơ sở (Mẫu 5b hoặc 5c)", met_by="acceptance", invoicing="with"),
        need("Hóa đơn của đơn vị thực hiện", invoicing="with"),
    ]),
    ("liquidation", f"{TT36}, Điều 19 khoản 3", True, FIRST_TEXT, ALL, [
        need("Bảng đối chiếu kinh phí (Mẫu 10), ở lần thanh lý cuối năm", mandatory=False),
    ]),
]  # fmt: skip

UPLOAD = {
    "key": "upload_megabytes",
    "value": 20,
    "is_verified": False,
    "note": "Đề xuất: khoảng 100 trang quét ở 200 dpi. Mỗi lần gửi còn chịu giới hạn chung của máy chủ.",
}


def load(apps, schema_editor):
    contents = {row.code: row for row in apps.get_model("programs", "ActivityContent").objects.all()}
    rule = apps.get_model("programs", "PaperRule")
    rows, position = [], 0
    for step, clause, is_verified, note, codes, papers in GROUPS:
        for paper in papers:
            position += 1
            for code in codes:
                shared = {
                    **paper, "step": step, "content": contents.get(code), "legal_source": clause, "position": position,
                }  # fmt: skip
                rows.append(rule(**shared, scope="national", is_verified=is_verified, note=note))
                rows.append(rule(**shared, scope="local", is_verified=False, note=LOCAL))
    rule.objects.bulk_create(rows)
    apps.get_model("programs", "RuleFigure").objects.create(**UPLOAD)


def unload(apps, schema_editor):
    apps.get_model("programs", "PaperRule").objects.filter(owner=None).delete()
    apps.get_model("programs", "RuleFigure").objects.filter(owner=None, key=UPLOAD["key"]).delete()


class Migration(migrations.Migration):
    dependencies = [("programs", "0009_deadline_rules")]

    operations = [
        migrations.AddField(
            model_name="paperrule",
            name="met_by",
            field=models.CharField(
                blank=True,
                max_length=20,
                verbose_name="đã có trong cổng",
                help_text="Hồ sơ trong cổng thay cho giấy này; trống: phải nhập giấy.",
                choices=[
                    ("contract", "Hợp đồng của đề án"),
                    ("support_contracts", "Hợp đồng hỗ trợ của mọi cơ sở"),
                    ("progress", "Báo cáo tiến độ đã được xác nhận"),
                    ("acceptance", "Biên bản nghiệm thu"),
                    ("settlement", "Bảng quyết toán, bảng kê chứng từ"),
                ],
            ),
        ),
        migrations.AddField(
            model_name="paperrule",
            name="invoicing",
            field=models.CharField(
                blank=True,
                max_length=8,
                verbose_name="chỉ khi",
                help_text="Hồ sơ quyết toán khác nhau khi bên B có hay không xuất hóa đơn (Thông tư 36/2013, Điều 19).",
                choices=[("with", "Bên B xuất hóa đơn"), ("without", "Bên B không xuất hóa đơn")],
            ),
        ),
        migrations.RunPython(load, unload),
    ]
