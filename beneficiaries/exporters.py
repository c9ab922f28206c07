"""Excel files of the register of facilities."""

from khuyencong.xlsx import Column, SheetExporter


class FacilityListExporter(SheetExporter):
    title = "Danh sách cơ sở công nghiệp nông thôn"
    filename = "danh-sach-co-so"
    columns = (
        Column("Tên cơ sở", lambda facility: facility.name),
        Column("Tên viết tắt", lambda facility: facility.short_name, is_default=False),
        Column("Hình thức pháp lý", lambda facility: facility.get_legal_form_display()),
        Column("Mã số thuế", lambda facility: facility.tax_code),
        Column("Số giấy đăng ký", lambda facility: facility.license_number),
        Column("Ngày cấp", lambda facility: facility.license_on, "date"),
        Column("Nơi cấp", lambda facility: facility.license_issuer, is_default=False),
        Column("Số nhà, đường, ấp", lambda facility: facility.address),
        Column("Xã, phường", lambda facility: str(facility.unit)),
        Column("Cụm công nghiệp", lambda facility: facility.cluster and str(facility.cluster), is_default=False),
        Column("Ngành, nghề", lambda facility: facility.industry and facility.industry.short_name),
        Column("Sản phẩm chính", lambda facility: facility.products),
        Column("Người đại diện", lambda facility: facility.representative),
        Column("Chức vụ người đại diện", lambda facility: facility.representative_position, is_default=False),
        Column("Điện thoại", lambda facility: facility.phone),
        Column("Thư điện tử", lambda facility: facility.email, is_default=False),
        Column("Năm thành lập", lambda facility: facility.established_year, "year"),
        Column("Lao động", lambda facility: facility.labour_count, "integer", total=True),
        Column("Tổng nguồn vốn (đồng)", lambda facility: facility.capital, "vnd"),
        Column("Doanh thu (đồng)", lambda facility: facility.revenue, "vnd"),
        Column("Sản xuất sạch hơn", lambda facility: facility.is_cleaner_production, is_default=False),
        Column("Hàng xuất khẩu", lambda facility: facility.is_exporter, is_default=False),
        Column("Nguyên liệu trong tỉnh", lambda facility: facility.uses_local_material, is_default=False),
        Column("Ghi chú", lambda facility: facility.note, is_default=False),
        Column("Nguồn số liệu", lambda facility: facility.source_note, is_default=False),
        Column("Sửa cuối lúc", lambda facility: facility.updated_at, "datetime", is_default=False),
        Column("Người sửa cuối", lambda facility: str(facility.updated_by), is_default=False),
    )


class ProductListExporter(SheetExporter):
    title = "Sản phẩm công nghiệp nông thôn tiêu biểu"
    filename = "san-pham-tieu-bieu"
    columns = (
        Column("Sản phẩm", lambda product: product.name),
        Column("Bộ sản phẩm", lambda product: product.is_set, is_default=False),
        Column("Nhóm", lambda product: product.get_group_display()),
        Column("Cơ sở", lambda product: product.facility.name),
        Column("Mã số thuế", lambda product: product.facility.tax_code),
        Column("Xã, phường", lambda product: str(product.facility.unit)),
        Column("Cấp", lambda product: product.get_level_display()),
        Column("Năm", lambda product: product.year, "year"),
        Column("Số", lambda product: product.decision_number, group="Quyết định, giấy chứng nhận"),
        Column("Ngày", lambda product: product.decision_on, "date", group="Quyết định, giấy chứng nhận"),
        Column("Hiệu lực đến hết ngày", lambda product: product.valid_until, "date"),
        Column("Ghi chú", lambda product: product.note, is_default=False),
        Column("Nguồn số liệu", lambda product: product.source_note, is_default=False),
    )
