"""An executed notebook becomes one HTML page that needs nothing but itself, and a PDF where a browser is installed.

The page loads nothing from anywhere and runs no script, and says so itself (Content-Security-Policy). It
carries its own type, so that it reads the same on a machine without Chinese fonts.
"""

import base64
import hashlib
import re
import shutil
import subprocess
import tempfile
from functools import cache
from html import unescape
from pathlib import Path

from nbconvert import HTMLExporter
from nbformat import NotebookNode

from ecanalysis.publish.fonts import font_face

FOLDER = Path(__file__).parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge")
BROWSER_OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
POLICY = "default-src 'none'; img-src data:; font-src data:; style-src '{style}'; base-uri 'none'; form-action 'none'"
# Characters any page may need beside its own: figures, Latin letters, punctuation.
ALWAYS = "".join(map(chr, range(0x20, 0x7F))) + "　、。，；：？！（）《》“”‘’—…·％‰±×≥≤→☑□"


def html_page(notebook: NotebookNode, colophon: str = "") -> str:
    """The page of an executed notebook, as HTML text.

    The title is the notebook's first heading; `colophon` is the small print at the foot. Raises ValueError
    where the page would refer to something outside itself, has no heading, or shows a picture without
    alternative text.
    """
    heading = next((match for cell in notebook.cells if (match := re.search(r"(?m)^# (.+)$", _text(cell)))), None)
    if heading is None:
        raise ValueError("页面没有标题（笔记本的第一个单元应以“# ”开头）")
    resources = {
        "page_title": unescape(heading[1]).strip(),
        "style": "@STYLE@",
        "security_policy": "@POLICY@",
        "colophon": colophon,
    }
    html, _ = _exporter().from_notebook_node(notebook, resources=resources)
    if outside := re.search(
        r"""<(?:script|link|iframe|object|embed)\b|\b(?:src|srcset)=["'](?!data:)|url\(|@import""", html
    ):
        raise ValueError(f"页面引用了外部内容：{html[outside.start() : outside.start() + 60]}")
    if re.search(r'<img [^>]*alt=""', html):
        raise ValueError("页面中有图没有替代文字（charts.show 的 alt）")
    style = font_face(_characters(html)) + (FOLDER / "briefing" / "style.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    html = html.replace("@POLICY@", POLICY.format(style=f"sha256-{digest}"), 1)
    return html.replace("@STYLE@", style, 1)


def browser() -> str | None:
    """The path of the Chromium-like browser installed here, or None."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def write_pdf(page: Path, target: Path) -> None:
    """Print an HTML page to PDF with the installed browser, as its print button would.

    Raises FileNotFoundError where no browser is installed, CalledProcessError where it fails.
    """
    program = browser()
    if program is None:
        raise FileNotFoundError(f"本机没有可用的浏览器（{'、'.join(BROWSERS)}），不能生成 PDF")
    with tempfile.TemporaryDirectory(prefix="ec-print-") as profile:
        options = [f"--user-data-dir={profile}", "--no-pdf-header-footer", f"--print-to-pdf={target}"]
        command = [program, *BROWSER_OPTIONS, *options, page.resolve().as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)


@cache
def _exporter() -> HTMLExporter:
    # One for all pages: making one costs more than using it.
    return HTMLExporter(
        template_name="briefing",
        extra_template_basedirs=[str(FOLDER)],
        exclude_anchor_links=True,
        language_code="zh-CN",
    )


def _text(cell: NotebookNode) -> str:
    if cell.cell_type == "markdown":
        return cell.source
    outputs = [output.get("data", {}) for output in cell.get("outputs", [])]
    return "\n".join(data["text/markdown"] for data in outputs if "text/markdown" in data)


def _characters(html: str) -> frozenset[str]:
    return frozenset(ALWAYS) | frozenset(unescape(re.sub(r"data:image/png;base64,[^\"]*", "", html)))
