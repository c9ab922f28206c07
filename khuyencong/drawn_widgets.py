"""Django's plain widgets drawn in Python: the same HTML as its templates, without a template for each attribute.

A filter offers some hundred options and a grid holds a thousand cells; drawn by templates they are most of such a page.
"""

from collections.abc import Callable, Mapping

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString


def _attributes(attrs):
    """Escaped, with a space before each; False leaves one out, True gives its bare name."""
    return "".join(
        f" {conditional_escape(name)}"
        if value is True
        else f' {conditional_escape(name)}="{conditional_escape(value)}"'
        for name, value in attrs.items()
        if value is not False
    )


def _input(widget):
    value = widget["value"]
    given = "" if value is None else f' value="{conditional_escape(value)}"'
    name = conditional_escape(widget["name"])
    return f'<input type="{widget["type"]}" name="{name}"{given}{_attributes(widget["attrs"])}>'


def _textarea(widget):
    # The browser drops the line break that follows the tag, so that one in the text stays.
    name, text = conditional_escape(widget["name"]), conditional_escape(widget["value"] or "")
    return f'<textarea name="{name}"{_attributes(widget["attrs"])}>\n{text}</textarea>'


def _select(widget):
    parts = [f'<select name="{conditional_escape(widget["name"])}"{_attributes(widget["attrs"])}>']
    for group, options, _index in widget["optgroups"]:
        lines = map(_option, options)
        parts += [f'<optgroup label="{conditional_escape(group)}">', *lines, "</optgroup>"] if group else lines
    return "\n".join([*parts, "</select>"])


def _option(option):
    value, label = conditional_escape(option["value"]), conditional_escape(option["label"])
    return f'<option value="{value}"{_attributes(option["attrs"])}>{label}</option>'


def _choices(widget):
    """Each with its label beside it, under the name of its group: one line of the house's own, not Django's."""
    parts = []
    for group, options, _index in widget["optgroups"]:
        parts += [f'<p class="label">{conditional_escape(group)}</p>'] if group else []
        parts += map(_choice, options)
    return "".join(parts)


def _choice(option):
    label = f'<label for="{conditional_escape(option["attrs"]["id"])}">{conditional_escape(option["label"])}</label>'
    return f'<div class="choice">{_input(option)}{label}</div>'


FOLDER = "django/forms/widgets"
INPUTS = ("checkbox", "date", "email", "file", "hidden", "number", "password", "search", "tel", "text", "url")
DRAWN: dict[str, Callable[[Mapping], str]] = {
    **{f"{FOLDER}/{kind}.html": _input for kind in INPUTS},
    f"{FOLDER}/textarea.html": _textarea,
    f"{FOLDER}/select.html": _select,
    f"{FOLDER}/radio.html": _choices,
    f"{FOLDER}/checkbox_select.html": _choices,
}


def drawn(template_name: str, context: Mapping) -> SafeString | None:
    """The widget of a form's context as HTML; None where it has a template of its own."""
    draw = DRAWN.get(template_name)
    # Everything that comes from a person or a record is escaped above.
    return SafeString(draw(context["widget"])) if draw else None
