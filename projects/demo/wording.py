"""What a made-up dossier says: short, true to its kind of activity, the same for every project of that kind."""

SPAN = "Từ {starts_on:%m/%Y} đến {ends_on:%m/%Y}: "
# Per content of Điều 4, Nghị định 45/2012/NĐ-CP: necessity, objective, activities, economic, social, lasting effect.
TEXTS = {
    "C1": (
        "Cơ sở thiếu lao động có tay nghề; lao động nông thôn tại chỗ có nhu cầu học nghề để làm việc gần nhà.",
        "Học viên làm được sản phẩm đạt yêu cầu, ít nhất 80% có việc làm sau khóa học.",
        "tuyển sinh, dạy lý thuyết gắn với thực hành tại xưởng, kiểm tra cuối khóa, bố trí việc làm.",
        "Học viên có việc làm ổn định, thu nhập bình quân từ 5 triệu đồng một tháng.",
        "Tạo việc làm tại chỗ cho lao động nông thôn, nhất là lao động nữ và người dân tộc Khmer.",
        "Cơ sở tiếp tục kèm nghề cho lao động mới.",
    ),
    "C2": (
        "Nhiều cơ sở còn quản lý theo kinh nghiệm, chưa nắm chính sách và yêu cầu mới của thị trường.",
        "Học viên lập được kế hoạch sản xuất kinh doanh và áp dụng tại cơ sở mình.",
        "khảo sát nhu cầu, mời giảng viên, tổ chức lớp, đánh giá cuối khóa.",
        "Cơ sở giảm chi phí quản lý, mở rộng được khách hàng.",
        "Nâng cao năng lực của chủ cơ sở và người lao động.",
        "Tài liệu và nhóm trao đổi của lớp được duy trì sau khóa học.",
    ),
    "C3": (
        "Máy móc hiện có đã cũ, năng suất thấp, sản phẩm chưa đều; đơn hàng tăng nhưng cơ sở chưa đáp ứng đủ.",
        "Tăng công suất từ 1,5 lần, giảm tỷ lệ hỏng, ổn định chất lượng sản phẩm.",
        "mua, lắp đặt, chạy thử máy mới; đào tạo người vận hành; nghiệm thu và phổ biến kết quả.",
        "Doanh thu dự kiến tăng 30%, thời gian thu hồi vốn khoảng ba năm.",
        "Giữ việc làm cho lao động hiện có, thêm việc làm mới cho lao động địa phương.",
        "Cơ sở khác cùng ngành đến tham quan, áp dụng theo.",
    ),
    "C4": (
        "Sản phẩm của cơ sở chưa được nhiều người biết, chủ yếu bán trong tỉnh qua thương lái.",
        "Sản phẩm có nhãn hiệu, bao bì và kênh bán hàng mới.",
        "lựa chọn cơ sở, chuẩn bị sản phẩm, tổ chức thực hiện, tổng kết và báo cáo.",
        "Cơ sở ký được đơn hàng mới, giá bán tăng so với trước.",
        "Quảng bá sản phẩm và nghề của địa phương.",
        "Quan hệ với khách hàng mới được giữ sau chương trình.",
    ),
    "C5": (
        "Cơ sở chưa có người chuyên trách về thiết kế, công nghệ, tiếp thị.",
        "Có phương án cụ thể, áp dụng được ngay tại cơ sở.",
        "khảo sát, ký hợp đồng tư vấn, thực hiện, nghiệm thu sản phẩm tư vấn.",
        "Giá trị sản phẩm tăng nhờ mẫu mã, quy trình tốt hơn.",
        "Người lao động làm quen cách làm mới.",
        "Cơ sở tự duy trì sau khi hết hợp đồng tư vấn.",
    ),
    "C6": (
        "Chính sách khuyến công chưa đến được nhiều cơ sở ở xã.",
        "Cơ sở và người dân biết chính sách, biết nơi hỏi và cách đăng ký.",
        "xây dựng nội dung, sản xuất, phát hành, tổng kết.",
        "Nhiều cơ sở đăng ký tham gia, chọn được đề án tốt hơn.",
        "Nâng cao nhận thức về phát triển công nghiệp nông thôn.",
        "Tư liệu được dùng lại cho các năm sau.",
    ),
    "C7": (
        "Nước thải, khí thải của cơ sở chưa đạt quy chuẩn, ảnh hưởng khu dân cư xung quanh.",
        "Chất thải sau xử lý đạt quy chuẩn hiện hành.",
        "thiết kế, xây lắp, chạy thử, quan trắc và nghiệm thu hệ thống xử lý.",
        "Cơ sở sản xuất ổn định, không phải dừng vì môi trường.",
        "Giảm phản ánh của người dân, bảo vệ sức khỏe người lao động.",
        "Hệ thống được cơ sở tự vận hành, bảo dưỡng.",
    ),
    "C9": (
        "Hoạt động khuyến công ở xã cần người theo dõi; cán bộ kiêm nhiệm và thường thay đổi.",
        "Mạng lưới hoạt động đều, thông tin từ xã kịp thời.",
        "lập danh sách, tập huấn, giao việc, kiểm tra và chi trả hằng quý.",
        "Chọn được đề án phù hợp, giảm đề án phải sửa hoặc dừng.",
        "Cơ sở ở vùng sâu tiếp cận được chính sách.",
        "Nhân sự và tài liệu được dùng cho các năm sau.",
    ),
}  # fmt: skip
TEXTS["C0"] = TEXTS["C6"]
FIELDS = ("necessity", "objective", "activities", "economic_effect", "social_effect", "lasting_effect")


def dossier(content, *, starts_on, ends_on):
    """The texts that submitting asks for, by the heading of the content: {field of Project: text}."""
    texts = dict(zip(FIELDS, TEXTS[content.heading.code], strict=True))
    texts["activities"] = SPAN.format(starts_on=starts_on, ends_on=ends_on) + texts["activities"]
    if content.heading.code in ("C3", "C7"):
        texts["environmental_effect"] = "Giảm tiêu hao điện, nước và nguyên liệu trên một đơn vị sản phẩm."
    return texts
