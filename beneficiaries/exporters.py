"""Excel files of the register of facilities."""

from khuyencong.xlsx import Column, SheetExporter


class FacilityListExporter(SheetExporter):
    title = "Danh sách cơ sở công nghiệp nông thôn"
    filename = "danh-sach-co-so"
    columns = (
        Column("Tên cơ sở", lambda facility: facility.name),
        Column("Hình thức pháp lý", lambda facility: facility.get_legal_form_display()),
        Column("Mã số thuế", lambda facility: facility.tax_code),
        Column("Số giấy đăng ký", lambda facility: facility.license_number),
        Column("Ngày cấp", lambda facility: facility.license_on, "date"),
        Column("Số nhà, đường, ấp", lambda facility: facility.address),
        Column("Xã, phường", lambda facility: str(facility.unit)),
        Column("Ngành, nghề", lambda facility: facility.industry and facility.industry.short_name),
        Column("Sản phẩm chính", lambda facility: facility.products),
        Column("Người đại diện", lambda facility: facility.representative),
        Column("Điện thoại", lambda facility: facility.phone),
        Column("Năm thành lập", lambda facility: facility.established_year, "year"),
        Column("Lao động", lambda facility: facility.labour_count, "integer", total=True),
        Column("Tổng nguồn vốn (đồng)", lambda facility: facility.capital, "vnd"),
        Column("Doanh thu (đồng)", lambda facility: facility.revenue, "vnd"),
    )
