"""What runs over the lines of an import, once, whoever asks: the page for short sheets, the worker for long ones."""

from django.core.exceptions import PermissionDenied, ValidationError
from django_tasks import task

from khuyencong.claims import DATABASE_GONE, claim, held
from khuyencong.imports.preview import make_preview
from khuyencong.imports.writing import write_import
from khuyencong.models import ImportStatus, SheetImport

BROKEN = "Không làm xong được vì lỗi của cổng. Thử lại; nếu vẫn lỗi, báo người quản trị kèm thời điểm này."
# state: (what it asks for, the state to go back to where that is refused)
ACTS = {
    ImportStatus.MAPPED: (make_preview, ImportStatus.UPLOADED),
    ImportStatus.WRITING: (write_import, ImportStatus.PREVIEWED),
}


@task()
def run_import(pk):
    rows = SheetImport.objects.select_related("requested_by__organisation", "organisation")
    for taken in claim(rows.filter(pk=pk)):
        with held(taken):
            _go_on(taken)


def _go_on(taken):
    act, back = ACTS[taken.status]
    try:
        act(taken)
    except (PermissionDenied, ValidationError) as refusal:
        _leave(taken, back, " ".join(getattr(refusal, "messages", None) or [str(refusal)]))
    except DATABASE_GONE:
        raise  # whoever holds its claim next goes on
    except Exception:
        _leave(taken, back, BROKEN)
        raise


def _leave(taken, status, words):
    SheetImport.objects.filter(pk=taken.pk).update(status=status, error=words[:600], claimed_until=None, attempts=0)
