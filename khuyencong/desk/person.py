"""The row of a person's desk, read with the account: every page shows its numbers and asks nothing for them."""

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Exists, OuterRef, Subquery

from khuyencong.dates import today
from khuyencong.models import Delegation, Desk, Organisation, User
from khuyencong.together import JSONList


class PersonBackend(ModelBackend):
    """Django's own; the person comes with desk, body and provinces in the same question."""

    def get_user(self, user_id):
        user = _with_everything(User.objects.filter(pk=user_id)).first()
        if user is None or not self.user_can_authenticate(user):
            return None
        user.province_ids = frozenset(user.area_ids or ())
        if not user.is_deputy:
            user.standing_in = None
        return user


def _with_everything(users):
    """What nearly every page asks of a person; whose deputy they are is left to the pages that ask."""
    areas = Organisation.areas.through.objects.filter(organisation=OuterRef("organisation")).order_by()
    held = Delegation.objects.in_force(today()).filter(deputy=OuterRef("pk"))
    return users.select_related("desk", "organisation").order_by("pk").annotate(
        area_ids=Subquery(areas.values("organisation").annotate(all=JSONList("administrativeunit")).values("all")),
        is_deputy=Exists(held),
    )  # fmt: skip


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
