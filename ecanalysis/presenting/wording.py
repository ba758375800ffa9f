"""The sentences of a notebook: a template with one block per piece of text, filled with facts.

The templates are `notebooks/wording/<notebook>.md.j2`. The library decides what is true; a template only words it.
Everything filled in is treated as plain text and escaped, so that a name from a submission cannot become markup.
"""

from collections.abc import Callable, Iterable
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

EVERY = "every.md.j2"  # blocks available to every notebook
FOLDER = paths.PROJECT / "notebooks" / "wording"


def wording(notebook: str, r) -> Callable[..., Markdown]:
    """Returns the function `say(block, **facts)`, which renders one block of a notebook's template as Markdown.

    Every block can use the evaluation `r`. Raises UserError if there is no such template or block, and errors of jinja2
    if a template is faulty.
    """
    path = FOLDER / f"{notebook}.md.j2"
    if not path.is_file():
        raise UserError(f"没有措辞模板 notebooks/wording/{path.name}")
    templates = [_ours().get_template(name) for name in (path.name, EVERY)]

    def say(block: str, **facts) -> Markdown:
        return Markdown(render(templates, block, r=r, **facts))

    return say


def render(templates: list[Template], block: str, **facts) -> str:
    """Render one block, from the first template that has it, as Markdown text."""
    template = next((one for one in templates if block in one.blocks), None)
    if template is None:
        known = "、".join(name for one in templates for name in one.blocks)
        raise UserError(f"措辞模板 {templates[0].name} 中没有 {block}；其中有 {known}")
    return "".join(template.blocks[block](template.new_context(facts))).strip()


def environment(folder: Path = FOLDER) -> Environment:
    """The jinja2 environment of the templates; an undefined value is an error, never an empty text."""
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
        if column.words:  # a filter for each column with codes: `source | source`
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


def compiled(names: Iterable[str]) -> None:
    """Compile the templates of these notebooks now, so that processes forked from this one need not."""
    for name in {f"{one}.md.j2" for one in ("every", *names)}.intersection(_ours().list_templates("j2")):
        _ours().get_template(name)


@cache
def _ours() -> Environment:
    return environment()


def _said(write: Callable[..., str]) -> Callable[..., Markup]:
    # Our formats return figures and fixed words, which are safe; unknown words, returned unchanged, are escaped.
    def said(value: object, *given, **options) -> Markup:
        text = write(value, *given, **options)
        return Markup(formats.inline(text) if isinstance(value, str) and text == value else text)

    return said


def _escaped(value: object) -> object:
    return value if hasattr(value, "__html__") else Markup(formats.inline(value))
