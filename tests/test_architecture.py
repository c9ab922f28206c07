"""The room plan and the house rules that a machine can read off the code."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import models
from django.urls import URLPattern, get_resolver, reverse

# Each room and the rooms it may import.
ROOMS_BELOW = {
    "khuyencong": set(),
    "programs": {"khuyencong"},
    "beneficiaries": {"khuyencong"},
    "projects": {"khuyencong", "programs", "beneficiaries"},
    "reports": {"khuyencong", "programs", "beneficiaries", "projects"},
}
# Inside an app a module imports its own level and those before it.
LEVELS = (
    {"models"},
    {"permissions"},
    {"services", "documents", "exporters", "resources", "statistics"},
    {"forms"},
    {"views"},
    {"urls", "admin"},
)
DUMPING_GROUNDS = {"utils", "helpers", "common", "misc", "core"}
# Rows that live and die with their plan; every other link keeps people, plans and facilities from deletion.
PARTS_OF_A_PLAN = {"programs.PastDecision", "programs.PlanBudget", "programs.ProjectGroup"}
# Words that keep their capital letter inside a sentence.
PROPER_NAMES = ("Việt Nam", "Excel")
OPEN_TO_EVERYONE = {
    "login", "healthz", "readyz", "metrics", "calendar_feed", "verify_ask", "verify", "verify_page",
}  # fmt: skip
CALLED_BY_DJANGO = {"403.html", "404.html"}
CONVERTER_SAMPLES = {
    "int": 1,
    "str": "a",
    "slug": "a",
    "uuid": "00000000-0000-0000-0000-000000000000",
    "path": "a",
}


def sources(room):
    return sorted(Path(settings.BASE_DIR, room).rglob("*.py"))


def imported_modules(path):
    """Dotted names of everything that a module imports, wherever the import stands."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def level(module):
    """Position of `room.module` among LEVELS, None for a module outside them."""
    _room, name, *_rest = [*module.split("."), ""]
    return next((number for number, names in enumerate(LEVELS) if name in names), None)


def module_of(path):
    return ".".join(path.relative_to(settings.BASE_DIR).with_suffix("").parts)


def own_models():
    return [model for model in apps.get_models() if model._meta.app_label in ROOMS_BELOW]


def templates():
    return sorted(path for folder in settings.TEMPLATES[0]["DIRS"] for path in Path(folder).rglob("*.html"))


def template_name(path):
    return str(path.relative_to(settings.TEMPLATES[0]["DIRS"][0]))


def urls(patterns, prefix="/", namespace=""):
    """(name, path) of every URL, with a sample value in the place of each argument."""
    for pattern in patterns:
        route = prefix + sample_route(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}", route
        else:
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from urls(pattern.url_patterns, route, inner)


def sample_route(pattern):
    if hasattr(pattern, "_route"):
        return re.sub(r"<(?:(\w+):)?\w+>", lambda found: str(CONVERTER_SAMPLES[found[1] or "str"]), pattern._route)
    return re.sub(r"\(\?P<\w+>.*?\)", "a", str(pattern)).strip("^$").replace("\\Z", "")


def views(patterns):
    """The class of every view that is one."""
    for pattern in patterns:
        if not isinstance(pattern, URLPattern):
            yield from views(pattern.url_patterns)
        elif hasattr(pattern.callback, "view_class"):
            yield pattern.callback.view_class


def implied_templates(view):
    """Names that a generic view looks for without anyone writing them."""
    yield getattr(view, "template_name", None)
    if model := getattr(view, "model", None):
        suffix = getattr(view, "template_name_suffix", "")
        yield f"{model._meta.app_label}/{model._meta.model_name}{suffix}.html"


def computed_names(path):
    """A pattern for every f-string in a module that names a template."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.JoinedStr):
            parts = [re.escape(part.value) if isinstance(part, ast.Constant) else r"\w+" for part in node.values]
            if parts[-1].endswith(r"\.html"):
                yield "".join(parts)


def sends_to_login(answer):
    logins = (reverse("login"), reverse("admin:login"))
    return answer.status_code == 302 and answer.url.partition("?")[0] in logins


@pytest.mark.parametrize("room", ROOMS_BELOW)
def test_room_imports_only_the_rooms_below(room):
    above = ROOMS_BELOW.keys() - ROOMS_BELOW[room] - {room}
    offences = [
        f"{path}: {module}"
        for path in sources(room)
        for module in imported_modules(path)
        if module.split(".")[0] in above
    ]
    assert offences == []


@pytest.mark.parametrize("room", sorted(ROOMS_BELOW.keys() - {"khuyencong"}))
def test_app_imports_point_from_views_to_models(room):
    offences = [
        f"{path}: {module}"
        for path in sources(room)
        for module in imported_modules(path)
        if module.startswith(f"{room}.")
        and level(module) is not None
        and level(module_of(path)) is not None
        and level(module) > level(module_of(path))
    ]
    assert offences == []


def test_no_module_is_a_dumping_ground():
    names = {part for room in ROOMS_BELOW for path in sources(room) for part in module_of(path).split(".")}
    assert names & DUMPING_GROUNDS == set()


def test_rooms_are_all_here():
    assert set(ROOMS_BELOW) <= {app.name for app in apps.get_app_configs()}
    assert all(len(sources(room)) > 1 for room in ROOMS_BELOW)


@pytest.mark.parametrize("model", own_models(), ids=lambda model: model._meta.label)
def test_verbose_names_are_lower_case(model):
    names = [model._meta.verbose_name, model._meta.verbose_name_plural]
    names += [getattr(field, "verbose_name", "") for field in model._meta.get_fields()]
    capitals = [
        name
        for name in names
        if isinstance(name, str)  # not a translation that comes with Django's own User
        and name[:1].isupper()
        and not name.startswith(PROPER_NAMES)
        and not name.split()[0].isupper()
    ]
    assert capitals == []


def test_people_plans_and_facilities_are_protected():
    kept = {
        apps.get_model(settings.AUTH_USER_MODEL),
        *map(apps.get_model, ("programs.AnnualPlan", "beneficiaries.Facility")),
    }
    links = [
        field
        for model in own_models()
        if not (model._meta.auto_created or model._meta.proxy)  # a proxy has the links of another's model
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey) and field.related_model in kept
    ]
    loose = {str(field) for field in links if field.remote_field.on_delete is not models.PROTECT}
    assert links
    assert loose == {f"{label}.plan" for label in PARTS_OF_A_PLAN}


def test_every_template_is_used():
    written = [*templates(), *(path for room in ROOMS_BELOW for path in sources(room))]
    text = "\n".join(path.read_text() for path in written)
    by_views = {name for view in views(get_resolver().url_patterns) for name in implied_templates(view)}
    patterns = [pattern for room in ROOMS_BELOW for path in sources(room) for pattern in computed_names(path)]
    unused = {
        name
        for name in set(map(template_name, templates())) - by_views - CALLED_BY_DJANGO
        if not name.startswith(("admin/", "django/"))  # in the place of Django's own
        if f'"{name}"' not in text and not any(re.fullmatch(pattern, name) for pattern in patterns)
    }
    assert unused == set()


@pytest.mark.parametrize("path", templates(), ids=template_name)
def test_template_has_no_inline_code(path):
    inline = r"<style\b|\sstyle=|\son[a-z]+=|<script(?![^>]*\bsrc=)|\|safe\b|javascript:"
    assert re.findall(inline, path.read_text()) == []


@pytest.mark.parametrize("path", templates(), ids=template_name)
def test_component_sees_only_what_it_is_given(path):
    includes = re.findall(r'{% include "components/.*?%}', path.read_text())
    assert [include for include in includes if not include.endswith(" only %}")] == []


@pytest.mark.django_db
def test_urls_are_closed_to_strangers(client):
    addresses = dict(urls(get_resolver().url_patterns))
    answers = {name: client.get(path) for name, path in addresses.items()}
    opened = {name for name, answer in answers.items() if not sends_to_login(answer)}
    assert opened == OPEN_TO_EVERYONE


@pytest.mark.django_db
def test_migrations_say_what_models_say(capsys):
    call_command("makemigrations", "--check", "--dry-run")
    assert "No changes detected" in capsys.readouterr().out
