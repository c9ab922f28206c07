"""The page of every address with the roles that open it and those whose acts it takes, for inspectors and keepers."""

from django.shortcuts import render
from django.urls import URLResolver, get_resolver
from django.views.decorators.http import require_GET

from khuyencong import access_table
from khuyencong.models import Role
from khuyencong.permissions import require

READERS = (Role.VIEWER, Role.ADMIN)
ONLY_READERS = "Chỉ thanh tra, lãnh đạo chỉ xem và quản trị mở được bảng địa chỉ."


@require_GET
def who_may_open(request):
    require(request.user.role in READERS, ONLY_READERS)
    rules, roles = access_table.rules(), [(role, Role(role).label) for role in access_table.ROLES]
    rows = [_row(route, rules[name], roles) for name, route in _routes(get_resolver()) if name in rules]
    return render(request, "reports/who_may_open.html", {"roles": [label for _role, label in roles], "rows": rows})


def _routes(resolver, space="", before="/"):
    """(name with its namespaces, address) of everything below a resolver."""
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern, f"{space}{pattern.namespace}:" if pattern.namespace else space, route)
        elif pattern.name:
            yield space + pattern.name, route


def _row(route, rule, roles):
    cells = [(label, role in rule.openers, role in rule.senders) for role, label in roles]
    return {"address": route, "cells": cells}
