"""The parts of a project's entry form and how far each is: what is missing, what a return names, what was mended."""

from dataclasses import dataclass

from django.urls import reverse

from khuyencong.models import AuditEntry
from projects.forms.parts import BY_SLUG, PART_OF, PARTS, Part
from projects.models import Project, ProjectStatus
from projects.questions import BENEFICIARIES, COST_ITEMS, FUNDING, RETURNS
from projects.services.entry import PROJECT_FIELDS

# Acts on rows: whatever they change belongs to one part.
ROW_ACTS = {
    "project.set_funding": "kinh-phi",
    "project.set_beneficiaries": "thu-huong",
    "project.set_cost_items": "du-toan",
}


@dataclass(frozen=True)
class Task:
    part: Part
    address: str
    label: str
    tone: str
    icon: str


def address_of(project, part, field=""):
    anchor = f"#id_{field}" if field else ""
    return f"{reverse('projects:edit', args=[project.pk, part])}{anchor}"


def missing_links(project, missing):
    """[(what to do, where)] of the missing items."""
    return [(item.text, address_of(project, item.part, item.field)) for item in missing]


def open_return(project):
    """The latest return that is not mended yet, while the file is with its author."""
    if project.status != ProjectStatus.RETURNED:
        return None
    return next((note for note in RETURNS.of(project) if note.resolved_at is None), None)


def named_links(project, note, *, mended=frozenset()):
    """[(part or field that the return names, where)], without what was mended since."""
    items = [item for item in _items(note) if not _fields(item) & mended]
    return [(_label(item), address_of(project, *_place(item))) for item in items]


def _items(note):
    return [item for item in note.items if item in BY_SLUG or item in PART_OF] if note else []


def _place(item):
    return (item,) if item in BY_SLUG else (PART_OF[item].slug, item)


def _fields(item):
    return set(BY_SLUG[item].fields) if item in BY_SLUG else {item}


def _label(item):
    return BY_SLUG[item].label if item in BY_SLUG else PART_OF[item].fields[item]


def named_fields(note, slug):
    """The fields of a part that the return names; all of them where it names the whole part."""
    items = _items(note)
    return set(BY_SLUG[slug].fields) if slug in items else set(items) & set(BY_SLUG[slug].fields)


def changed_since(project, note):
    """Names of the fields that were saved with another value after the return."""
    labels = {str(Project._meta.get_field(name).verbose_name): name for name in PROJECT_FIELDS}
    entries = AuditEntry.objects.about(project).filter(at__gt=note.returned_at)
    changed = set()
    for action, changes in entries.values_list("action", "changes"):
        if action in ROW_ACTS:
            changed |= set(BY_SLUG[ROW_ACTS[action]].fields)
        else:
            changed |= {labels[label] for label, _old, _new in changes if label in labels}
    return changed


def to_mend(note, changed):
    """{slug: number of named items that nobody touched since the return}."""
    left = dict.fromkeys(BY_SLUG, 0)
    for item in _items(note):
        left[_place(item)[0]] += not _fields(item) & changed
    return left


def task_list(project, missing, note):
    """[Task] in the order of the form. `missing` as `missing_items` gives them, `note` the open return or None."""
    left = to_mend(note, changed_since(project, note)) if note else {}
    started = _started(project)
    tasks = []
    for part in PARTS:
        is_named = bool(note and named_fields(note, part.slug))
        state = _state(part, missing, left.get(part.slug, 0), part.slug in started, is_named)
        tasks.append(Task(part, address_of(project, part.slug), *state))
    return tasks


def _state(part, missing, left, is_started, is_named):
    """(words, tone, icon) of one part."""
    if not part.is_entry:
        return (f"Còn {len(missing)} mục", "", "lock") if missing else ("Sẵn sàng trình", "done", "check")
    if left:
        return f"Cần sửa {left} mục", "returned", "error"
    count = sum(item.part == part.slug for item in missing)
    if count:
        return (f"Đang làm, còn {count} mục", "waiting", "progress") if is_started else ("Chưa bắt đầu", "", "edit")
    if is_named:
        return "Đã sửa", "done", "check"
    return ("Xong", "done", "check") if is_started else ("Không bắt buộc", "", "edit")


def _started(project):
    """Slugs of the parts in which something is entered."""
    filled = {
        "kinh-phi": bool(project.total_cost) or bool(FUNDING.of(project)),
        "thu-huong": bool(BENEFICIARIES.of(project)),
        "du-toan": bool(COST_ITEMS.of(project)),
        "thong-tin": True,
    }
    for slug in ("noi-dung", "hieu-qua"):
        filled[slug] = any(getattr(project, name) for name in BY_SLUG[slug].fields)
    return {slug for slug, is_filled in filled.items() if is_filled}
