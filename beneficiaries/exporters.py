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
