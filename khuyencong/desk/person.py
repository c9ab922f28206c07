"""The row of a person's desk, read with the account: every page shows its numbers and asks nothing for them."""

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONArray

from khuyencong.dates import today
from khuyencong.models import Delegation, Desk, Organisation, User
from khuyencong.together import JSONList, Question, day_of, read_together


class PersonBackend(ModelBackend):
    """Django's own; the person comes with desk, body and provinces in the same question."""

    def get_user(self, user_id):
        asked_about = User(pk=user_id)
        read_together(asked_about, PERSON)
        user = next(iter(PERSON.of(asked_about)), None)
        if user is None or not self.user_can_authenticate(user):
            return None
        user.province_ids = frozenset(user.area_ids or ())
        if not any(Delegation.covers(day_of(begin), day_of(end), today()) for begin, end in user.held or ()):
            user.standing_in = None
        return user


def _with_everything(user):
    """What nearly every page asks of a person; whose deputy they are is left to the pages that ask."""
    areas = Organisation.areas.through.objects.filter(organisation=OuterRef("organisation")).order_by()
    # Of every day: what is asked does not rest on this one (Question.keys).
    held = Delegation.objects.standing().filter(deputy=OuterRef("pk")).order_by().values("deputy")
    days = JSONArray("valid_from", "valid_to")
    return User.objects.filter(pk=user.pk).select_related("desk", "organisation").order_by("pk").annotate(
        area_ids=Subquery(areas.values("organisation").annotate(all=JSONList("administrativeunit")).values("all")),
        held=Subquery(held.annotate(all=JSONList(days)).values("all")),
    )  # fmt: skip


PERSON = Question("person", _with_everything)


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
