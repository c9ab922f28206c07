"""Prove that nobody edited the audit trail."""

from django.core.management.base import BaseCommand, CommandError

from khuyencong.audit import first_broken_entry
from khuyencong.models import AuditEntry


class Command(BaseCommand):
    help = (
        "Kiểm tra dấu vết: mỗi dòng phải khớp mã băm của nó và của dòng trước. In mã băm của dòng cuối; ghi lại mã này "
        "để lần sau kiểm tra cả việc các dòng cuối có bị xóa không. Thoát với mã 1 khi không khớp."
    )

    def add_arguments(self, parser):
        parser.add_argument("noted_hash", nargs="?", help="Mã băm đã ghi lại lần trước, phải còn trong dấu vết.")

    def handle(self, *args, noted_hash, **options):
        if broken := first_broken_entry():
            raise CommandError(
                f"Dấu vết không khớp từ dòng {broken.pk} ({broken}). Giữ nguyên dữ liệu, đối chiếu với bản sao lưu."
            )
        if noted_hash and not AuditEntry.objects.filter(hash=noted_hash).exists():
            raise CommandError(f"Không còn dòng mang mã {noted_hash}: các dòng cuối của dấu vết đã bị xóa.")
        last = AuditEntry.objects.order_by("-pk").first()
        ending = f" Mã của dòng cuối: {last.hash}" if last else ""
        self.stdout.write(f"Dấu vết nguyên vẹn: {AuditEntry.objects.count()} dòng.{ending}")
