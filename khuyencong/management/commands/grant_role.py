from django.core.management.base import BaseCommand, CommandError

from khuyencong.database_roles import RoleError, grant


class Command(BaseCommand):
    help = "Cho tài khoản PostgreSQL của cổng đúng quyền nó cần; dấu vết chỉ được thêm. Chạy lại sau mỗi lần migrate."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("role", help="tài khoản mà cổng dùng; lệnh này chạy bằng tài khoản sở hữu các bảng")

    def handle(self, *args, role, **options):
        try:
            tables = grant(role)
        except RoleError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Tài khoản {role} đã có quyền; chỉ được thêm dòng vào: {', '.join(tables)}.")
