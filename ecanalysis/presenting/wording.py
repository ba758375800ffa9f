"""The sentences of a notebook: a template with a block for each piece of text, filled in with facts.

The templates are `notebooks/wording/<notebook>.md.j2`. What is true is decided before, in the library; a template only
says it. Whatever is filled in is plain text and is escaped, so that no name from a submission becomes markup.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from IPython.display import Markdown
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from ecanalysis import paths
from ecanalysis.errors import UserError
from ecanalysis.form.words import ISSUE_NAMES, RECEIVED_NAMES
from ecanalysis.presenting import formats
from ecanalysis.rounds.schemas import COLUMNS

EVERY = "every.md.j2"  # the blocks that every notebook may say
FOLDER = paths.PROJECT / "notebooks" / "wording"


def wording(notebook: str, r) -> Callable[..., Markdown]:
    """What a notebook says its sentences with: `say(block, **facts)` renders one block of its template as Markdown.

    `r` is the evaluation, which every block may ask. Raises UserError where there is no such template or block, and
    jinja2's own errors where a template is wrong.
    """
    path = FOLDER / f"{notebook}.md.j2"
    if not path.is_file():
        raise UserError(f"没有措辞模板 notebooks/wording/{path.name}")
    templates = [_ours().get_template(name) for name in (path.name, EVERY)]

    def say(block: str, **facts) -> Markdown:
        return Markdown(render(templates, block, r=r, **facts))

    return say


def render(templates: list[Template], block: str, **facts) -> str:
    """One block, of the first template that has it, as Markdown text."""
    template = next((one for one in templates if block in one.blocks), None)
    if template is None:
        known = "、".join(name for one in templates for name in one.blocks)
        raise UserError(f"措辞模板 {templates[0].name} 中没有 {block}；其中有 {known}")
    return "".join(template.blocks[block](template.new_context(facts))).strip()


def environment(folder: Path = FOLDER) -> Environment:
    """How templates are read: a value that a template names and nobody gave is an error, never an empty text."""
    made = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        finalize=_escaped,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in ("number", "percent", "signed", "gap", "brief", "label", "region"):
        made.filters[name] = _said(getattr(formats, name))
    for column in COLUMNS.values():
        if column.words:  # `source | source`: what the specification calls it
            made.filters[column.name] = _said(lambda word, known=column.in_words: known.get(word, word))
    made.filters["field"] = _said(formats.field_name)
    made.filters["status"] = _said(formats.status)
    made.filters["received"] = _said(lambda name: RECEIVED_NAMES.get(name, name))
    made.filters["issue"] = _said(lambda kind: ISSUE_NAMES.get(kind, kind))
    made.filters["names"] = _said(formats.names)
    made.filters["named"] = _said(formats.named)
    made.filters["amount"] = _said(formats.amount)
    made.filters["tenths"] = _said(formats.tenths)
    made.filters["many"] = _said(formats.many)
    made.filters["answer"] = _said(lambda value, code, text="": formats.answer(code, value, formats.inline(text)))
    made.filters["typical"] = _said(lambda value, code: formats.typical(code, value))
    return made


def compiled() -> None:
    """Read every template now: the processes forked from this one then need not."""
    for name in _ours().list_templates("j2"):
        _ours().get_template(name)


@cache
def _ours() -> Environment:
    return environment()


def _said(write: Callable[..., str]) -> Callable[..., Markup]:
    # What our own formats write is figures and words of ours; a word that they do not know they give back.
    def said(value: object, *given, **options) -> Markup:
        text = write(value, *given, **options)
        return Markup(formats.inline(text) if isinstance(value, str) and text == value else text)

    return said


def _escaped(value: object) -> object:
    return value if hasattr(value, "__html__") else Markup(formats.inline(value))
