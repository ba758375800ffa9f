"""Published pages opened in a real browser without a network: read, searched, checked for accessibility and printed."""

import json
import re
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pandas as pd
import pytest

from ecanalysis.publishing import briefings
from ecanalysis.publishing import html as publish
from ecanalysis.publishing.briefings import brief
from ecanalysis.publishing.entry import entry

BROWSER = publish.browser()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(BROWSER is None, reason=f"没有浏览器（{'、'.join(publish.BROWSERS)}），页面未经浏览器检验"),
]
KINDS = {"index": "index.html", "national": "00_national.html", "province": "provinces/浙江/浙江.html"}
KINDS |= {"base": "provinces/浙江/T1_示例·甲园区.html", "hostile": "provinces/湖北/T4_示例·_b_丁_b_园区.html"}
COMMITTED = sorted((Path(__file__).resolve().parent.parent / "notebooks").glob("[0-9][0-9]_*.ipynb"))
every_notebook = pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def report(small, tmp_path_factory) -> Path:
    """A small round's report with the suite's own notebooks, one page of each kind."""
    run = brief(small, tmp_path_factory.mktemp("browser"), only=["00_national", "浙江", "T1", "T4"])
    assert run.failed == {}
    return run.folder


@pytest.fixture(scope="module")
def committed(tmp_path_factory):
    """Gives the file of the page of a committed notebook, made once."""
    folder = tmp_path_factory.mktemp("committed")

    def made(path: Path) -> Path:
        page = folder / f"{path.stem}.html"
        if not page.exists():
            page.write_text(publish.html_page(nbformat.read(path, as_version=4)), "utf-8")
        return page

    return made


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=BROWSER, args=list(publish.BROWSER_OPTIONS))
        yield browser
        browser.close()


@contextmanager
def watched(chromium, report):
    """Opens pages by their kind; complains at the end of every console message and every request but for the page."""
    context = chromium.new_context(offline=True)
    heard, asked = [], []

    def open_kind(kind: str):
        page = context.new_page()
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto((report / KINDS[kind]).as_uri())
        return page

    yield open_kind
    context.close()
    assert heard == []
    assert [url[:80] for url in asked if not url.startswith(("data:", report.as_uri()))] == []


@pytest.fixture
def open_page(chromium, report):
    with watched(chromium, report) as open_kind:
        yield open_kind


@pytest.fixture(scope="module", params=KINDS)
def kind(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def page(chromium, report, kind):
    """A page of each kind, for tests that only look."""
    with watched(chromium, report) as open_kind:
        yield open_kind(kind)


def test_headings_tables_and_pictures_are_there(page, kind):
    assert page.locator("h1").count() == 1
    levels = [int(name[1]) for name in page.eval_on_selector_all("h1,h2,h3,h4", "all => all.map(one => one.tagName)")]
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels)), "no level is skipped"
    assert page.locator("h2").count() >= 4
    assert page.locator("table caption").count() == page.locator("table").count() > 0
    assert page.locator("th:not([scope])").count() == 0
    pictures = page.eval_on_selector_all("img", "all => all.map(one => [one.naturalWidth, one.alt.length])")
    assert all(width > 300 and alt > 10 for width, alt in pictures)
    assert bool(pictures) == (kind == "national"), "pages that go out hold tables and boxes alone"
    assert page.evaluate("document.fonts.check(`16px 'Briefing Sans'`, '国家电子商务')")


def test_a_page_stands_for_itself(page, report, kind):
    text = (report / KINDS[kind]).read_text("utf-8")
    assert len(text.encode()) < 1_000_000
    assert "http:" not in text and "https:" not in text
    policy = page.get_attribute("meta[http-equiv=Content-Security-Policy]", "content")
    assert policy.startswith("default-src 'none'")
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert page.locator("script").count() == (kind in ("index", "national")), "what goes out runs nothing"
    assert page.locator("details, pre").count() == 0 or kind == "national", "and holds no code"
    assert not re.search(r"\.(ipynb|py|csv|toml|json)\b", page.inner_text("body")), "nor names files of ours"


def test_no_accessibility_violation(page):
    assert violations(page) == []


def violations(page) -> list:
    from axe_playwright_python.sync_playwright import Axe

    return Axe().run(page).response["violations"]


def test_a_long_table_sorts_filters_and_is_saved_as_it_is_seen(chromium, committed, project, tmp_path):
    page = chromium.new_page()
    page.goto(committed(project / "notebooks" / "02_scores.ipynb").as_uri())
    long = page.locator(".tools:has(input) + .table table").first
    bar = page.locator(".tools:has(input)").first
    rows = long.locator("tbody tr:not([hidden])")
    before = rows.all_inner_texts()
    bar.locator("input").fill("浙江")
    assert 0 < rows.count() < len(before) and bar.locator("span").inner_text() == f"{rows.count()}行"
    with page.expect_download() as saved:
        bar.get_by_text("下载本表").click()
    saved.value.save_as(tmp_path / "table.csv")
    assert len(pd.read_csv(tmp_path / "table.csv", encoding="utf-8-sig")) == rows.count()
    bar.locator("input").fill("")
    heading = long.locator("thead th", has_text="总分")
    heading.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") == "descending" and rows.all_inner_texts() != before
    heading.get_by_role("button").click()
    heading.get_by_role("button").click()
    assert rows.all_inner_texts() == before and heading.get_attribute("aria-sort") is None
    page.close()


@every_notebook
def test_no_table_is_wider_than_the_page_and_nothing_violates_accessibility(chromium, committed, path):
    file = committed(path)
    assert file.stat().st_size < 1_000_000
    page = chromium.new_page(viewport={"width": 642, "height": 900})  # the text of an A4 page
    page.goto(file.as_uri())
    wide = "all => all.filter(one => one.offsetWidth > one.parentElement.clientWidth + 1)"
    for media, width in (("print", 642), ("screen", 1280)):
        page.emulate_media(media=media)
        page.set_viewport_size({"width": width, "height": 900})
        found = page.eval_on_selector_all(".table > table", f"{wide}.map(one => one.caption.textContent)")
        assert found == [], media
    assert violations(page) == []
    page.close()


def test_names_are_shown_as_they_are_and_never_run(open_page):
    page = open_page("hostile")
    assert page.get_by_text("示例·<b>丁</b>园区").count() > 0
    assert "示例·<b>丁</b>园区" in page.title()


def test_code_is_folded_away_and_can_be_unfolded(open_page):
    page = open_page("national")
    code = page.locator("details.code pre").first
    assert not code.is_visible()
    page.locator("details.code summary").click()
    assert code.is_visible()


def test_the_entry_page_finds_bases_and_provinces_and_leads_to_them(open_page):
    page = open_page("index")
    assert page.locator("#list tbody tr").count() == 8, "all on the roster, and the province that has a page"
    hits = page.locator("#hits tbody tr")
    for words, names in (("t3", ["示例·丙园区"]), ("未报送", ["示例·丙园区"]), ("浙江 反馈", ["浙江省级反馈"])):
        page.fill("#wanted", words)
        assert hits.locator("th").all_text_contents() == names
    page.fill("#wanted", "＜b＞丁")
    assert hits.locator("th").all_text_contents() == ["示例·<b>丁</b>园区"], "full width or not"
    page.fill("#wanted", "没有这样的基地")
    assert page.text_content("#found") == "找到0条" and not page.is_visible("#hits")
    page.fill("#wanted", "甲园")
    assert page.text_content("#found") == "找到1条"
    hits.locator("a").click()
    page.wait_for_selector("h1")
    assert "示例·甲园区" in page.title()
    for title in ("省级反馈", "国家电子商务示范基地综合评价（2027年）"):
        page.click("nav.back a")
        page.wait_for_selector("h1")
        assert title in page.title()


def test_the_search_finds_whose_file_was_sent_back(chromium, evaluation, report, tmp_path):
    """And not the provinces, of which each has a 退回补正清单 among its files."""
    written = entry(evaluation, json.loads((report / "manifest.json").read_text("utf-8")))
    (tmp_path / "index.html").write_text(written, "utf-8")
    page = chromium.new_page()
    page.goto((tmp_path / "index.html").as_uri())
    assert page.locator("#list td.files", has_text="退回补正清单").count() > 0
    came = evaluation.not_submitted.set_index("base_id").received
    for word, kind in (("退回", "returned"), ("未报送", "")):
        page.fill("#wanted", word)
        found = page.locator("#hits tbody td:nth-child(2)").all_text_contents()
        assert sorted(found) == sorted(came.index[came == kind]) != []
    page.close()


def test_results_are_looked_up_without_a_server(open_page):
    page = open_page("index")
    page.locator("nav a", has_text="结果查询").click()
    page.wait_for_selector("#ranking tbody tr")
    rows, headings = page.locator("#ranking tbody th"), page.locator("#ranking thead th")
    everybody = rows.all_inner_texts()
    assert len(everybody) == 7 and page.inner_text("#found") == "7家"
    page.get_by_label("区域", exact=True).select_option("中部")
    page.get_by_label("后3位").select_option("是")
    assert set(rows.all_inner_texts()) < {"示例·<b>丁</b>园区", "示例·戊园区", "示例·己园区", "示例·庚园区"}
    page.click("#afresh")
    assert rows.all_inner_texts() == everybody
    for words, names in (("t3", ["示例·丙园区"]), ("＜b＞丁", ["示例·<b>丁</b>园区"]), ("没有这样的基地", [])):
        page.fill("#wanted", words)
        assert rows.all_inner_texts() == names
    page.click("#afresh")
    total = headings.filter(has_text="总分")
    column = headings.all_inner_texts().index(total.inner_text()) + 1
    for way, reverse in (("ascending", False), ("descending", True)):
        total.get_by_role("button").click()
        *known, last = page.locator(f"#ranking tbody tr > :nth-child({column})").all_inner_texts()
        assert total.get_attribute("aria-sort") == way and last == "—", "what is no number stands last both ways"
        assert known == sorted(known, key=float, reverse=reverse)
    rows.locator("a", has_text="丁").click()
    card = page.locator("#card")
    assert card.locator("h2").inner_text() == "示例·<b>丁</b>园区" and card.locator("b").count() == 0
    assert card.locator("caption").all_inner_texts() == ["各部分得分", "与基期相比"]
    assert "C17 电子商务从业人员" in card.inner_text() and "支持政策与组织保障" in card.inner_text()
    assert violations(page) == []
    card.locator("a", has_text="基地反馈单").click()
    page.wait_for_selector("h1")
    assert "示例·<b>丁</b>园区" in page.title()
    page.go_back()
    assert card.is_visible(), "an address leads to a card"
    page.click("nav.back a")
    page.wait_for_selector("#search")


def test_without_a_script_the_page_of_results_says_so(chromium, report):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((report / "explore.html").as_uri())
    assert "须启用浏览器脚本" in page.inner_text("main") and not page.is_visible("#ranking")
    context.close()


def test_every_link_of_the_entry_page_leads_somewhere(open_page, report):
    page = open_page("index")
    links = page.eval_on_selector_all("a", "all => all.map(one => one.href)")
    assert len(links) == 17  # the page of each notebook of the country among them
    for link in links:
        file, _, place = link.removeprefix("file://").partition("#")
        assert Path(unquote(file)).exists()
        assert not place or page.locator(f"#{place}").is_visible()


@pytest.mark.parametrize("kind", ["national", "base"])
def test_it_prints_on_a4_without_its_code(report, tmp_path, kind):
    from pypdf import PdfReader

    publish.write_pdf(report / KINDS[kind], tmp_path / "page.pdf")
    pages = PdfReader(tmp_path / "page.pdf").pages
    assert 2 <= len(pages) <= 12
    assert [round(float(side)) for side in pages[0].mediabox[2:]] == [595, 842]
    text = "".join(page.extract_text() for page in pages)
    assert "要点" in text.replace(" ", "") and "load_round" not in text


def test_a_run_prints_its_pages_and_never_leaves_an_old_print_beside_a_new_page(
    small, shared_kernels, tmp_path, monkeypatch
):
    monkeypatch.setattr(briefings, "kernels", shared_kernels)
    made = brief(small, tmp_path, only=["T1"], pdf=True)
    [printed] = made.folder.rglob("*.pdf")
    assert printed.with_suffix(".html").is_file() and printed.read_bytes().startswith(b"%PDF")
    before = printed.read_bytes()
    brief(small, tmp_path, only=["T1"], pdf=True, resume=True)
    assert printed.read_bytes() == before
    brief(small, tmp_path, only=["T1"])
    assert not printed.exists()
