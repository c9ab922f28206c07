"""Run inside the portal (`manage.py shell`): a house with work for everybody; prints who they are as JSON.

Plans wait for approval, a contracted project takes vouchers, facilities can be entered, papers be issued. Everybody is
signed in already: signing in is slow by design.
"""

import json
import os
from itertools import cycle, islice
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.test import Client

from khuyencong.models import User
from projects import services
from tests import stories

PLANS = int(os.environ.get("FAULT_PLANS", "120"))
CROWD = int(os.environ.get("CROWD", "0"))


def session_of(user):
    client = Client(headers={"Host": "127.0.0.1"})
    client.force_login(user)
    return client.cookies["sessionid"].value


def planned(house, number):
    plan = stories.draft_plan(house, round_no=number)
    project = stories.planned_project(house, plan, name=f"Máy sấy dừa lần {number}")
    services.submit_plan(plan, by=house.reviewer)
    return {"plan": plan.pk, "project": project.pk}


def make():
    with transaction.atomic():
        house = stories.make_house(name="Thử Sức")
        project = stories.contracted_project(house)
        services.start_project(project, by=house.officer)
        stories.confirmed_report(house, project, volume="95", value=600_000_000)
    plans = []
    for number in range(2, PLANS + 2):
        with transaction.atomic():
            plans.append(planned(house, number))
    people = {name: session_of(getattr(house, name)) for name in ("officer", "reviewer", "director", "accountant")}
    people["printer"] = session_of(User.objects.get(username="chuyenvien"))
    readers = User.objects.filter(is_demo=True, role__in=("officer", "reviewer", "director", "accountant", "viewer"))
    crowd = [session_of(user) for user in islice(cycle(readers.order_by("pk")), CROWD)]
    return {"people": people, "paid": project.pk, "plans": plans, "crowd": crowd}


Path(settings.VAR_DIR, "stage.json").write_text(json.dumps(make()))
