"""An executed notebook -> one self-contained HTML page, and a PDF if a browser is installed.

The page loads nothing and runs no script except ours, allowed by its checksum; pages for provinces and bases have no
script at all. A Content-Security-Policy enforces this. Its font is embedded (`fonts`), so that it looks the same on
machines without Chinese fonts; `outside` finds what a page would load.
"""

import base64
import hashlib
import json
import re
import shutil
import subprocess
import threading
from functools import cache
from html import escape, unescape
from pathlib import Path

import jinja2
from markupsafe import Markup
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.preprocessors import CoalesceStreamsPreprocessor
from nbformat import NotebookNode

from ecanalysis.errors import UserError, visible
from ecanalysis.outputs import scratch
from ecanalysis.presenting import scripts
from ecanalysis.publishing.html.fonts import font_face
from ecanalysis.publishing.html.outside import outside
from ecanalysis.publishing.numbering import numbered

FOLDER = Path(__file__).parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge")
BROWSER_OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
POLICY = (
    "default-src 'none'; img-src data:; font-src data:; style-src '{style}'; script-src {script}; "
    "base-uri 'none'; form-action 'none'"
)
TABLE = re.compile(r'<div class="table"((?: id="[a-z0-9_]+")?>(?:(?!</table>).)*</table>)', re.DOTALL)
SHORT, SHORT_OF_TEXT = 12, 5  # rows up to which a table is kept on one printed page
INJECTED = {"injected-parameters"}  # the tag of the cell added by Papermill
# Characters that are invisible or change the direction of writing; pages show their codes.
UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)
PRINTING = 120  # time limit of the browser per page, in seconds
TAKING_TURNS = threading.Lock()  # exporter and font are not thread-safe
# Characters included in every page's font: digits, Latin letters, punctuation.
ALWAYS = "".join(map(chr, range(0x20, 0x7F))) + "　、。，；：？！（）《》“”‘’—…·％‰±×≥≤→☑□"


class PdfError(Exception):
    """The browser failed to print; the message is Chinese."""


def html_page(
    notebook: NotebookNode,
    subject: str = "",
    colophon: str = "",
    back: tuple[str, str] = ("", ""),
    goes_out: bool = False,
) -> str:
    """The page of an executed notebook, as HTML text.

    The title is the notebook's first heading, followed by `subject` (a province or base) if given; `colophon` is the
    small print at the foot; `back` is the address and text of the link back; a page that `goes_out` of the ministry
    contains no code. Tables and figures are numbered. Raises UserError if a link has no target or a name is used twice,
    ValueError if the page would refer to something outside itself or has no heading.
    """
    heading = next((match for cell in notebook.cells if (match := re.search(r"(?m)^# (.+)$", _text(cell)))), None)
    if heading is None:
        raise ValueError("页面没有标题（笔记本的第一个单元应以“# ”开头）")
    resources = {
        "page_title": "：".join(filter(None, [unescape(heading[1]).strip(), subject])),
        "style": "@STYLE@",
        "security_policy": "@POLICY@",
        "colophon": colophon,
        # Only on the ministry's own pages: pages that go out have no script.
        "script": "" if subject else scripts.TABLES.read_text("utf-8"),
        "back": back,
        "with_code": not goes_out,
    }
    page = numbered(notebook)
    with TAKING_TURNS:
        html, _ = _exporter().from_notebook_node(page, resources=resources)
    return sealed(html, script=resources["script"])


def untold(notebook: NotebookNode) -> str:
    """A warning (Chinese) naming the cells whose pictures have no alternative text; "" if all have."""
    own = [
        cell for cell in notebook.cells if cell.cell_type == "code" and not INJECTED & {*cell.metadata.get("tags", [])}
    ]
    cells = [
        str(place)
        for place, cell in enumerate(own, 1)
        for output in cell.get("outputs", [])
        if any(kind.startswith("image/") for kind in output.get("data", {}))
        if not output.get("metadata", {}).get("image/png", {}).get("alt")
    ]
    where = "、".join(dict.fromkeys(cells))
    return f"第 {where} 个代码单元的图没有替代文字，看不见图的人读不到；可改用 draw(…, alt=…)" if cells else ""


def entry_page(content: dict) -> str:
    """The ministry's entry page, as HTML text; `content` holds the variables of `entry/index.html.j2`."""
    return _front_page("entry", content)


def explore_page(content: dict, data: dict) -> str:
    """The page for looking up results, as HTML text; `data` is the input of `explore/script.js`.

    Data are encoded so that no name can end the script element, and invisible characters are shown.
    """
    text = json.dumps(_seen(data), ensure_ascii=False, separators=(",", ":"))
    text = text.replace("<", r"\u003c")
    return _front_page("explore", content, f"const data = {text};\n")


def changes_in_words(facts: dict) -> list[str]:
    """Sentences on the changes since the previous run; `facts` holds the variables of `entry/changed.txt.j2`."""
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(FOLDER / "entry"))  # escaped when shown
    return environment.get_template("changed.txt.j2").render(facts).split("\n")


def _front_page(name: str, content: dict, before: str = "") -> str:
    folder = FOLDER / name
    script = before + (folder / "script.js").read_text("utf-8")
    environment = jinja2.Environment(autoescape=True, loader=jinja2.FileSystemLoader([folder, FOLDER]))
    html = environment.get_template("index.html.j2").render(content, script=Markup(script))
    return sealed(html, (folder / "style.css").read_text("utf-8"), script)


def _seen(data: object) -> object:
    """The same data, with invisible characters replaced by their codes."""
    if isinstance(data, dict):
        return {key: _seen(one) for key, one in data.items()}
    if isinstance(data, list):
        return [_seen(one) for one in data]
    return UNSEEN.sub(lambda sign: visible(sign[0]), data) if isinstance(data, str) else data


def sealed(html: str, more_style: str = "", script: str = "") -> str:
    """A page with its font and style embedded, and a policy that forbids loading and allows only `script` to run.

    Raises ValueError if the page would refer to something outside itself.
    """
    html = UNSEEN.sub(lambda sign: escape(visible(sign[0])), html)
    inside = html.replace(f"<script>{script}</script>", "", 1) if script else html
    if found := outside(inside):
        raise ValueError(f"页面引用了外部内容：{found}")
    with TAKING_TURNS:
        type_ = font_face(_characters(html))
    html = TABLE.sub(_kept_whole, html)
    style = type_ + (FOLDER / "briefing" / "style.css").read_text("utf-8") + more_style
    policy = POLICY.format(style=_hash(style), script=f"'{_hash(script)}'" if script else "'none'")
    # Replaced together with the surrounding tags: a base's name could contain the same placeholder.
    html = html.replace('content="@POLICY@"', f'content="{policy}"', 1)
    return html.replace("<style>@STYLE@</style>", f"<style>{style}</style>", 1)


def _kept_whole(table: re.Match) -> str:
    """A short table marked to be kept on one printed page; a longer one unchanged."""
    body = table[1].partition("<tbody")[2]
    keep = body.count("<tr>") <= (SHORT_OF_TEXT if "<td class=text" in body else SHORT)
    return f'<div class="table{" keep" if keep else ""}"{table[1]}'


def browser() -> str | None:
    """The path of the Chromium-like browser installed here, or None."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def write_pdf(page: Path, target: Path) -> None:
    """Print an HTML page to PDF with the installed browser, as its print command would.

    Raises UserError if no browser is installed, PdfError if printing fails.
    """
    program = browser()
    if program is None:
        raise UserError(f"本机没有可用的浏览器（{'、'.join(BROWSERS)}），不能生成 PDF")
    with scratch() as profile:
        options = [f"--user-data-dir={profile}", "--no-pdf-header-footer", f"--print-to-pdf={target}"]
        command = [program, *BROWSER_OPTIONS, *options, page.resolve().as_uri()]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=PRINTING)
        except subprocess.SubprocessError as error:
            raise PdfError(f"浏览器 {program} 未能打印：{type(error).__name__}") from None
    if not target.read_bytes().startswith(b"%PDF"):  # some browsers fail silently
        raise PdfError(f"浏览器 {program} 没有打印出 PDF")


class _Lean(HTMLExporter):
    """nbconvert's exporter without work that it would repeat; it may modify the notebook it is given.

    The original copies and validates the notebook before each step, creates a Markdown parser for every cell, and at
    the end parses the page for something our template writes itself.
    """

    def from_notebook_node(self, nb, resources=None, **options):
        for place, cell in enumerate(nb.cells):
            _STREAMS.preprocess_cell(cell, resources, place)
        shown = dict.fromkeys([f"include_{part}" for part in ("code", "markdown", "raw", "input", "output")], True)
        given = {"global_content_filter": shown, "output_mimetype": self.output_mimetype}
        given |= {"raw_mimetypes": self.raw_mimetypes}
        return self.template.render(nb=nb, resources=given | resources).lstrip("\r\n"), resources

    @jinja2.pass_context
    def markdown2html(self, context, source):
        if context.get("cell", {}).get("attachments"):
            return super().markdown2html(context, source)
        return _markdown().render(source)


_STREAMS = CoalesceStreamsPreprocessor()


@cache
def _exporter() -> _Lean:
    # Shared by all pages: creating one takes longer than using it.
    return _Lean(
        template_name="briefing",
        extra_template_basedirs=[str(FOLDER)],
        exclude_anchor_links=True,
        language_code="zh-CN",
    )


@cache
def _markdown() -> MarkdownWithMath:
    return MarkdownWithMath(renderer=IPythonRenderer(escape=False, exclude_anchor_links=True))


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _text(cell: NotebookNode) -> str:
    if cell.cell_type == "markdown":
        return cell.source
    outputs = [output.get("data", {}) for output in cell.get("outputs", [])]
    return "\n".join(data["text/markdown"] for data in outputs if "text/markdown" in data)


def _characters(html: str) -> frozenset[str]:
    return frozenset(ALWAYS) | frozenset(unescape(re.sub(r"data:image/png;base64,[^\"]*", "", html)))
