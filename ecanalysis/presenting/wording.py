"""The sentences of a notebook: a template with one block per piece of text, filled with facts.

The templates are `notebooks/wording/<notebook>.md.j2`. The library decides what is true; a template only words it.
Everything filled in is treated as plain text and escaped, so that a name from a submission cannot become markup.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from traceback import walk_tb

import pandas as pd
from IPython.display import Markdown
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, TemplateSyntaxError, Undefined
from jinja2.ext import Extension
from markupsafe import Markup

from ecanalysis import paths
from ecanalysis.errors import UserError, near
from ecanalysis.presenting import formats
from ecanalysis.rounds.schemas import COLUMNS

EVERY = "every.md.j2"  # blocks available to every notebook
FOLDER = paths.PROJECT / "notebooks" / "wording"
# Pattern of a message of jinja2 -> Chinese; other messages are quoted as they are.
SAID = [
    (r"No filter named '(.+)'\.", r"没有过滤器“\1”"),
    (r"'([^']+)' is undefined", r"笔记本的 say(…) 没有给出“\1”"),
    (r"has no attribute '(.+)'|has no element (.+)", r"没有“\1\2”"),
    (r"unknown tag '(?:el|end(?:if|for|block)).* needs to be closed is '(.+)'", r"前面的 {% \1 %} 没有写 {% end\1 %}"),
    (r"Encountered unknown tag '(.+?)'", r"没有标签“\1”"),
    (r"'StrictUndefined' object", "圆括号中用了没有的名称"),
    (r"truth value of a (?:Series|DataFrame) is ambiguous", "这里是整张表或整列，应写到一个值；有没有行写 表.empty"),
    (
        r"Unexpected end of template|unexpected '}'|unexpected end of",
        "标签没有写完：括号要成对，if、for、block 各要有 end",
    ),
    (r"unexpected char '(.)'", r"多了符号“\1”；标签中的标点用半角"),
    (r"block '(.+)' defined twice", r"有两段都叫 \1"),
]


def wording(notebook: str, r) -> Callable[..., Markdown]:
    """Returns the function `say(block, **facts)`, which renders one block of a notebook's template as Markdown.

    Every block can use the evaluation `r`. Raises UserError if there is no such template or block, or if a template is
    faulty: it names the line of the template, and what was probably meant.
    """
    path = FOLDER / f"{notebook}.md.j2"
    if not path.is_file():
        known = (one.name.removesuffix(".md.j2") for one in FOLDER.glob("*.md.j2"))
        raise UserError(f"没有措辞模板 notebooks/wording/{path.name}{near(notebook, known, 1)}")
    templates = [template(_ours(), name) for name in (path.name, EVERY)]

    def say(block: str, **facts) -> Markdown:
        return Markdown(render(templates, block, r=r, **facts))

    return say


def template(environment: Environment, name: str) -> Template:
    """A template, compiled; raises UserError naming the line of a fault."""
    try:
        return environment.get_template(name)
    except TemplateSyntaxError as error:
        raise UserError(f"措辞模板 {name} 第{error.lineno}行：{_told(error, environment.filters)}") from error


class _Braces(Extension):
    """Refuses braces that open or close no tag, each time a template is compiled; jinja would print them."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        plain = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", lambda tag: "\n" * tag[0].count("\n"), source, flags=re.S)
        if stray := re.search("[{}｛｝]", plain):
            line = plain.count("\n", 0, stray.start()) + 1
            raise UserError(f"措辞模板 {name} 第{line}行：单独的“{stray[0]}”；填数写 {{{{ }}}}，都用半角，成对")
        return source


def render(templates: list[Template], block: str, **facts) -> str:
    """Render one block, from the first template that has it, as Markdown text.

    Raises UserError naming the template and its line if the block does not exist or cannot be rendered.
    """
    template = next((one for one in templates if block in one.blocks), None)
    if template is None:
        known = "、".join(name for one in templates for name in one.blocks)
        raise UserError(f"措辞模板 {templates[0].name} 中没有 {block}；其中有 {known}")
    try:
        return "".join(template.blocks[block](template.new_context(facts))).strip()
    except Exception as error:  # whatever a sentence does wrong is told with its place
        line = 0
        for frame, at in walk_tb(error.__traceback__):
            if frame.f_code.co_filename == template.filename:
                line = template.get_corresponding_lineno(at)
        known = {*facts, *(name for fact in facts.values() if isinstance(fact, pd.DataFrame) for name in fact)}
        raise UserError(f"措辞模板 {template.name} 第{line}行 {block}：{_told(error, map(str, known))}") from error


def _told(error: Exception, known: Iterable[str]) -> str:
    """What is wrong in a template, in Chinese, with the most similar of the known names.

    >>> _told(TemplateSyntaxError("No filter named 'numbr'.", 3), ["number", "label"])
    '没有过滤器“numbr”（最接近的是 number）'
    """
    if isinstance(error, UserError):
        return str(error)
    for pattern, said in SAID:
        if found := re.search(pattern, str(error)):
            return found.expand(said) + (near(found[1] or "", {*known} - {found[1]}) if found.groups() else "")
    return f"{type(error).__name__}: {error}"


def environment(folder: Path = FOLDER) -> Environment:
    """The jinja2 environment of the templates; an undefined value is an error, never an empty text."""
    made = Environment(
        loader=FileSystemLoader(folder),
        extensions=[_Braces],
        autoescape=True,
        finalize=_escaped,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in ("number", "percent", "signed", "gap", "brief", "tenths", "amount", "label", "names", "named", "many"):
        made.filters[name] = _said(getattr(formats, name))
    for column in COLUMNS.values():
        if column.words:  # a filter for each column with codes: `source | source`
            made.filters[column.name] = _said(lambda word, known=column.in_words: known.get(word, word))
    made.filters["field"] = _said(formats.field_name)
    return made


def compiled(names: Iterable[str]) -> None:
    """Compile the templates of these notebooks now, so that processes forked from this one need not."""
    for name in {f"{one}.md.j2" for one in ("every", *names)}.intersection(_ours().list_templates("j2")):
        template(_ours(), name)


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
    if isinstance(value, pd.DataFrame | pd.Series) or (callable(value) and not isinstance(value, Undefined)):
        raise UserError("填入的应是一个值，这里是整张表、整列，或漏了圆括号")
    return value if hasattr(value, "__html__") else Markup(formats.inline(value))
