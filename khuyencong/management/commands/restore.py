import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from khuyencong.backups import BackupError, bring_back


class Command(BaseCommand):
    help = "Khôi phục một bản sao lưu vào cơ sở dữ liệu trống và kho tệp trống của cổng này, rồi đối chiếu."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("archive", type=Path, help="tệp sao lưu")
        parser.add_argument("--report", type=Path, help="ghi kết quả dạng JSON vào tệp này")

    def handle(self, *args, archive, report, **options):
        try:
            result = bring_back(archive)
        except BackupError as error:
            raise CommandError(str(error)) from error
        if report:
            report.write_text(json.dumps(result, ensure_ascii=False), encoding="utf-8")
        self.stdout.write(f"Đã khôi phục bản lập {result['made_at']}: {result['rows']} dòng, {result['files']} tệp.")
        for name, value in result["settings"].items():
            self.stdout.write(f"  lúc sao lưu, {name}={value}")
        if result["secrets"]:
            self.stdout.write(f"  không nằm trong bản sao lưu, đặt lại bằng tay: {', '.join(result['secrets'])}")
        if result["faults"]:
            raise CommandError("Không khớp với bản sao lưu: " + " ".join(result["faults"]))
        if result["pending"]:
            self.stdout.write("Bản sao lưu của phiên bản trước: chạy manage.py migrate, rồi manage.py verify_audit.")
        else:
            self.stdout.write("Số dòng, tổng tiền, tệp và dấu vết đều khớp.")
