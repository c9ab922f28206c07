"""Have an import gone on with: short sheets while the person waits for the page, long ones in the background."""

from django.utils.module_loading import import_string

from khuyencong.claims import offer

AT_ONCE = 500


def start(taken):
    """Do what the state of the import asks for, here and now or by the worker. Outside of transactions."""
    if taken.total_count <= AT_ONCE:
        import_string(taken.task).call(taken.pk)
    else:
        offer(taken)
