"""Contents of activity, sources of money and indicators; an administrator edits and dates them afterwards."""

from django.db import migrations

ND45 = "Nghị định 45/2012/NĐ-CP, Điều 4"

# code, name, short name, kinds (code, name)
CONTENTS = [
    ("C1", "Tổ chức đào tạo nghề, truyền nghề", "Đào tạo nghề", [
        ("VOCATIONAL", "Đào tạo nghề ngắn hạn"),
        ("CRAFT_TRANSFER", "Truyền nghề"),
    ]),
    ("C2", "Nâng cao năng lực quản lý, nhận thức sản xuất sạch hơn; khởi sự, thành lập doanh nghiệp; mở rộng thị trường",
     "Nâng cao năng lực quản lý", [
        ("SEMINAR", "Tập huấn, hội thảo, diễn đàn"),
        ("STUDY_TOUR", "Tham quan, khảo sát học tập trong nước"),
        ("STUDY_ABROAD", "Tham quan, khảo sát học tập ngoài nước"),
        ("STARTUP", "Khởi sự doanh nghiệp"),
        ("ENTERPRISE_SETUP", "Thành lập doanh nghiệp"),
        ("MARKET", "Mở rộng thị trường, xuất khẩu"),
    ]),
    ("C3", "Xây dựng mô hình trình diễn kỹ thuật; chuyển giao công nghệ, ứng dụng máy móc tiên tiến; sản xuất sạch hơn",
     "Máy móc, mô hình trình diễn", [
        ("DEMO_NEW", "Mô hình trình diễn kỹ thuật sản xuất sản phẩm, công nghệ mới"),
        ("DEMO_REPLICATE", "Mô hình của cơ sở đang hoạt động có hiệu quả cần nhân rộng"),
        ("TECH_TRANSFER", "Chuyển giao công nghệ"),
        ("MACHINERY", "Ứng dụng máy móc, thiết bị tiên tiến"),
        ("PRODUCTION_LINE", "Dây chuyền công nghệ"),
        ("CP_PILOT", "Mô hình thí điểm sản xuất sạch hơn"),
        ("CP_ASSESSMENT", "Đánh giá sản xuất sạch hơn"),
    ]),
    ("C4", "Phát triển sản phẩm công nghiệp nông thôn tiêu biểu; hội chợ, triển lãm; thương hiệu; phòng trưng bày",
     "Sản phẩm, hội chợ, thương hiệu", [
        ("CONTEST", "Bình chọn sản phẩm công nghiệp nông thôn tiêu biểu"),
        ("FAIR_ORGANISE", "Tổ chức hội chợ, triển lãm trong nước"),
        ("FAIR_JOIN", "Tham gia hội chợ, triển lãm trong nước"),
        ("FAIR_ABROAD", "Tham gia hội chợ, triển lãm ngoài nước"),
        ("BRAND", "Xây dựng, đăng ký nhãn hiệu, thương hiệu"),
        ("SHOWROOM", "Phòng trưng bày, giới thiệu sản phẩm"),
    ]),
    ("C5", "Tư vấn, trợ giúp các cơ sở công nghiệp nông thôn", "Tư vấn, trợ giúp", [
        ("CONSULT", "Tư vấn dự án đầu tư, marketing, quản lý, mẫu mã bao bì, công nghệ"),
    ]),
    ("C6", "Cung cấp thông tin, tuyên truyền về chính sách phát triển công nghiệp, khuyến công", "Thông tin, tuyên truyền", [
        ("BROADCAST", "Chương trình truyền hình, truyền thanh"),
        ("PRINT", "Bản tin, ấn phẩm, tờ rơi"),
        ("DATABASE_WEB", "Cơ sở dữ liệu, trang thông tin điện tử"),
    ]),
    ("C7", "Liên doanh, liên kết, hợp tác kinh tế; phát triển cụm công nghiệp; di dời, xử lý ô nhiễm",
     "Liên kết, cụm công nghiệp, môi trường", [
        ("ASSOCIATION", "Thành lập hiệp hội, hội ngành nghề"),
        ("LINKAGE_CLUSTER", "Cụm liên kết doanh nghiệp"),
        ("CCN_DETAIL_PLAN", "Lập quy hoạch chi tiết cụm công nghiệp"),
        ("CCN_INFRA", "Đầu tư hạ tầng cụm công nghiệp"),
        ("CCN_INVEST_PROMO", "Thu hút đầu tư vào cụm công nghiệp"),
        ("RELOCATION", "Di dời cơ sở gây ô nhiễm"),
        ("POLLUTION_CCN", "Xử lý ô nhiễm tại cụm công nghiệp"),
        ("POLLUTION_FACILITY", "Xử lý ô nhiễm tại cơ sở"),
    ]),
    ("C8", "Hợp tác quốc tế về khuyến công", "Hợp tác quốc tế", [("INTL", "Hợp tác quốc tế")]),
    ("C9", "Nâng cao năng lực quản lý và tổ chức thực hiện hoạt động khuyến công", "Quản lý khuyến công", [
        ("STAFF_TRAINING", "Tập huấn cán bộ khuyến công"),
        ("REVIEW_MEETING", "Hội nghị sơ kết, tổng kết"),
        ("COLLABORATORS", "Mạng lưới cộng tác viên"),
        ("PROGRAMMING", "Xây dựng chương trình, kế hoạch"),
        ("MONITORING", "Kiểm tra, giám sát"),
        ("CENTRE_EQUIPMENT", "Trang bị cho Trung tâm Khuyến công"),
    ]),
    ("C0", "Các khoản chi khác phục vụ hoạt động khuyến công", "Khác", [("OTHER", "Hoạt động khác")]),
]  # fmt: skip

SOURCES = [
    ("KCQG", "Khuyến công quốc gia", "KCQG", "national", "Nghị định 45/2012/NĐ-CP, Điều 11 khoản 1, Điều 12"),
    ("KCDP", "Khuyến công địa phương", "KCĐP", "local", "Nghị định 45/2012/NĐ-CP, Điều 11 khoản 2, Điều 13"),
    ("COUNTERPART", "Vốn đối ứng của đơn vị thụ hưởng", "Đối ứng", "counterpart", ""),
    ("OTHER", "Nguồn khác (tài trợ, lồng ghép)", "Khác", "other", "Nghị định 45/2012/NĐ-CP, Điều 12, Điều 13"),
]

INDICATORS = [
    ("PRJ_COUNT", "Số đề án", "đề án"),
    ("PRJ_NATIONAL", "Số đề án khuyến công quốc gia", "đề án"),
    ("PRJ_LOCAL", "Số đề án khuyến công địa phương", "đề án"),
    ("PRJ_TASK", "Số kế hoạch, nhiệm vụ (kể riêng)", "nhiệm vụ"),
    ("PRJ_KEY", "Số đề án khuyến công quốc gia điểm", "đề án"),
    ("MONEY_TOTAL", "Tổng kinh phí thực hiện", "đồng"),
    ("MONEY_SUPPORT", "Kinh phí khuyến công hỗ trợ", "đồng"),
    ("MONEY_COUNTERPART", "Vốn đối ứng huy động", "đồng"),
    ("FAC_COUNT", "Số cơ sở được hỗ trợ", "cơ sở"),
    ("FAC_TURN", "Số lượt cơ sở được hỗ trợ", "lượt"),
    ("AREA_COUNT", "Số tỉnh, thành phố có đề án", "tỉnh"),
    ("DEMO", "Mô hình trình diễn kỹ thuật", "mô hình"),
    ("MACH", "Cơ sở ứng dụng máy móc, thiết bị tiên tiến", "cơ sở"),
    ("CLASS", "Lớp đào tạo, tập huấn", "lớp"),
    ("LEARNER", "Học viên đào tạo, tập huấn", "người"),
    ("TRAINED", "Lao động được đào tạo nghề", "người"),
    ("SEMINAR", "Hội thảo, hội nghị", "cuộc"),
    ("CERT_PROVINCE", "Sản phẩm được chứng nhận cấp tỉnh", "sản phẩm"),
    ("CERT_REGION", "Sản phẩm được chứng nhận cấp khu vực", "sản phẩm"),
    ("CERT_NATION", "Sản phẩm được chứng nhận cấp quốc gia", "sản phẩm"),
    ("FAIR", "Cơ sở tham gia hội chợ, triển lãm", "cơ sở"),
    ("WEB", "Cơ sở xây dựng trang thông tin điện tử", "cơ sở"),
    ("BRAND", "Cơ sở xây dựng nhãn hiệu, thương hiệu", "cơ sở"),
    ("SHOWROOM", "Phòng trưng bày", "phòng"),
    ("CONSULT", "Cơ sở được tư vấn", "cơ sở"),
    ("CCN", "Cụm công nghiệp được hỗ trợ", "cụm"),
    ("COLLAB", "Cộng tác viên khuyến công", "người"),
    ("JOB_NEW", "Việc làm mới", "người"),
    ("CONSULT_REV", "Doanh thu tư vấn của Trung tâm trong năm", "đồng"),
]


def load(apps, schema_editor):
    content = apps.get_model("programs", "ActivityContent")
    position = 0
    for number, (code, name, short_name, kinds) in enumerate(CONTENTS, 1):
        position += 1
        clause = f"{ND45} khoản {number}" if code != "C0" else "Thông tư liên tịch 26/2014/TTLT-BTC-BCT, Điều 5 khoản 10"
        heading = content.objects.create(
            code=code, name=name, short_name=short_name, position=position, legal_source=clause
        )
        for kind_code, kind_name in kinds:
            position += 1
            content.objects.create(
                code=kind_code, name=kind_name, position=position, legal_source=clause, parent=heading
            )
    source = apps.get_model("programs", "FundingSource")
    for position, (code, name, short_name, category, clause) in enumerate(SOURCES, 1):
        source.objects.create(
            code=code, name=name, short_name=short_name, category=category, position=position, legal_source=clause
        )
    indicator = apps.get_model("programs", "Indicator")
    for position, (code, name, unit) in enumerate(INDICATORS, 1):
        indicator.objects.create(code=code, name=name, unit=unit, position=position)


def unload(apps, schema_editor):
    contents = apps.get_model("programs", "ActivityContent").objects
    contents.exclude(parent=None).delete()
    contents.all().delete()
    for model in ("FundingSource", "Indicator"):
        apps.get_model("programs", model).objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("programs", "0001_initial")]

    operations = [migrations.RunPython(load, unload)]
