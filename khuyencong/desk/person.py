"""The row of a person's desk, read with the account: every page shows its numbers and asks nothing for them."""

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import ObjectDoesNotExist

from khuyencong.models import Desk, User


class PersonBackend(ModelBackend):
    """Django's own; the person comes with their desk in the same question."""

    def get_user(self, user_id):
        user = User.objects.select_related("desk").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None


def desk_of(user):
    """The desk of a person, an empty one that is not stored yet where nothing was kept so far."""
    try:
        return user.desk
    except ObjectDoesNotExist:
        return Desk(user=user)


def keep(user, **values):
    """Store values on the desk of a person."""
    Desk.objects.update_or_create(user=user, defaults=values)
    desk = desk_of(user)
    for name, value in values.items():
        setattr(desk, name, value)
    user.desk = desk


def cookie_name(name):
    """As browsers take it from this very host alone, where the portal is served over HTTPS."""
    return f"__Host-{name}" if settings.HTTPS else name
