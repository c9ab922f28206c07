"""Handovers: one meeting for what a plan has finished by its day, one minutes for each receiver."""

from khuyencong.text import fold
from projects.demo.large import courses, words
from projects.demo.large.courses import moment
from projects.demo.large.plans import Plan
from projects.demo.large.projects import Told
from projects.demo.large.sheets import Sheet
from projects.demo.large.trail import Act, Subject
from projects.models import HandoverEvent, HandoverItem, HandoverMinutes, HandoverPerson, ItemKind, Side

COMPLETE = Act("handover.complete", "Hoàn tất bàn giao")


class Meetings:
    def __init__(self, rng, trail):
        self.rng, self.trail = rng, trail
        self.events = Sheet(
            HandoverEvent, "owner", "province", "created_by", "created_at", "updated_by", "updated_at", "plan",
            "subject", "held_on", "venue", "giver", "search_key",
            is_done=True, is_sample=True, source_note=words.SAMPLE,
        )  # fmt: skip
        self.links = Sheet(HandoverEvent.projects.through, "handoverevent", "project")
        self.minutes = Sheet(
            HandoverMinutes, "event", "position", "number", "receiver_facility", "updated_by", "updated_at",
            condition="Máy móc mới, vận hành tốt.",
        )  # fmt: skip
        self.people = Sheet(HandoverPerson, "event", "minutes", "side", "name", "title", signs=True)
        self.items = Sheet(
            HandoverItem, "minutes", "name", "amount", kind=ItemKind.EQUIPMENT.value, unit_name="bộ", quantity=1
        )
        self.numbers = {}

    @property
    def sheets(self):
        return [self.events, self.links, self.minutes, self.people, self.items]

    def hold(self, plan: Plan, told: list[Told]) -> list:
        """(project, facility, minutes pk, number) of each minutes."""
        made = []
        for day in plan.meetings:
            present = [one for one in told if one.days.get(courses.HANDED_OVER) == day]
            if present:
                made += self._meeting(plan, day, present)
        return made

    def _meeting(self, plan, day, present):
        house = plan.house
        officer, at = house.people["chuyenvien"], moment(self.rng, day, courses.HANDED_OVER)
        subject = f"kết quả các đề án khuyến công năm {plan.round.year}"
        venue = f"Trụ sở {house.centre.short_name}"
        event = self.events.add(
            house.department.pk, house.unit.pk, officer.pk, at, officer.pk, at, plan.pk, subject, day, venue,
            house.centre.pk, fold(f"{subject} {venue} {house.centre}"),
        )  # fmt: skip
        self.people.add(event, None, Side.GIVER.value, house.people["ketoan"].full_name, "Phó Giám đốc")
        made, known = [], {}
        for one in present:
            self.links.add(event, one.pk)
            for facility in one.facilities:
                if facility.pk not in known:
                    known[facility.pk] = self._minutes(house, event, day, facility, officer, at, len(known) + 1)
                    made.append((one, facility, *known[facility.pk]))
                for _item, name, amount in one.items:
                    self.items.add(known[facility.pk][0], name, amount // len(one.facilities))
        about = Subject("projects.handoverevent", event, f"Bàn giao {subject}", house.unit.pk, house.department.pk)
        self.trail.tell(at, officer.pk, COMPLETE, about)
        return made

    def _minutes(self, house, event, day, facility, officer, at, position):
        number = self.numbers[house.centre.pk, day.year] = self.numbers.get((house.centre.pk, day.year), 0) + 1
        pk = self.minutes.add(event, position, number, facility.pk, officer.pk, at)
        self.people.add(event, pk, Side.RECEIVER.value, words.person(self.rng), "Chủ cơ sở")
        return pk, number
