"""JupyterLab as the analyst gets it, in a real browser: in Chinese, nothing asked of other machines, the desk works."""

import ast
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pandas as pd
import psutil
import pytest
from toys import PATIENCE, until, write_notebook

from ecanalysis.desk import lab
from ecanalysis.publishing import html as publish

PROJECT = Path(__file__).resolve().parent.parent
SCHEMAS = Path(sys.prefix) / "share" / "jupyter" / "lab" / "schemas"
BROWSER = publish.browser()
in_browser = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(
        BROWSER is None, reason=f"没有浏览器（{'、'.join(publish.BROWSERS)}），JupyterLab 未经浏览器检验"
    ),
]
# What somebody may have set for a JupyterLab of their own.
CARELESS = "c.IdentityProvider.token = ''\nc.ServerApp.token = ''\nc.ServerApp.ip = c.NotebookApp.ip = '0.0.0.0'\n"
WAIT = 1000 * PATIENCE  # milliseconds
PROMPTS = ".jp-CodeCell .jp-InputArea-prompt"
RAN = """prompts => !!document.querySelector("[data-mime-type='application/vnd.jupyter.error']") ||
[...document.querySelectorAll(prompts)].every(one => /[0-9]/.test(one.textContent))"""
# The command `ecanalysis`, with a line in its log when the server begins to listen.
NOTING = """
from tornado.httpserver import HTTPServer
from ecanalysis import cli
listen = HTTPServer.listen
def noted(server, *where, **more):
    listen(server, *where, **more)
    print("listening", flush=True)
HTTPServer.listen = noted
cli.app()
"""


# --- what it is started with -----------------------------------------------------------------------------


@pytest.mark.parametrize("setting, given", json.loads((lab.HERE / "overrides.json").read_text("utf-8")).items())
def test_the_settings_are_ones_jupyterlab_knows(setting, given):
    extension, plugin = setting.split(":")
    schema = json.loads((SCHEMAS / extension / f"{plugin}.json").read_text("utf-8"))
    assert given and not set(given) - set(schema["properties"])


def test_it_listens_on_this_machine_alone_and_asks_nobody(tmp_path):
    line = lab.arguments(PROJECT, port=8899, browser=False)
    assert "--ServerApp.ip=127.0.0.1" in line and "--ServerApp.port=8899" in line
    assert "--ServerApp.open_browser=False" in line and "--LabApp.news_url=None" in line
    assert f"--LabApp.default_url=/lab/tree/{lab.WELCOME}?file-browser-path=/work" in line
    assert not [argument for argument in lab.arguments(tmp_path) if "default_url" in argument or "port" in argument]
    assert not re.search(r"https?:|@import", (lab.HERE / "custom" / "custom.css").read_text("utf-8"))


def test_a_work_folder_is_made_once_and_commands_run_where_they_are_printed(project, monkeypatch):
    started = []
    monkeypatch.setattr("jupyterlab.labapp.LabApp.launch_instance", lambda argv: started.append(argv))
    monkeypatch.setenv("PATH", "/bin")
    monkeypatch.setenv("ECANALYSIS_WORK", "")
    lab.start(project)
    assert os.environ["PATH"].split(os.pathsep) == [str(Path(sys.executable).parent), "/bin"]
    assert os.environ["ECANALYSIS_WORK"] == str(project / "work")
    (own,) = (project / "work").glob("*.ipynb")
    own.write_text("mine", "utf-8")
    lab.start(project)
    assert own.read_text("utf-8") == "mine" and [*(project / "work").iterdir()] == [own]
    assert f"--FileContentsManager.preferred_dir={project / 'work'}" in started[0]
    # A login shell, which JupyterLab opens where it is started without a terminal, would set another PATH.
    assert any("terminado_settings={'shell_command': ['" in one and "-l" not in one for one in started[0])
    own.unlink()


def test_chinese_type_of_its_own_is_served_and_asked_for():
    [static] = [argument for argument in lab.arguments(PROJECT) if "static_custom_path" in argument]
    style = (lab.HERE / "custom" / "custom.css").read_text("utf-8")
    [font] = re.findall(r'url\("(.+?)"\)', style)
    assert any(
        (Path(folder) / font).is_file() for folder in ast.literal_eval(static.split("=", 1)[1])["static_custom_path"]
    )


# --- in the browser --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A copy of what JupyterLab shows: it saves notebooks as they are run."""
    folder = tmp_path_factory.mktemp("lab") / "project"
    for name in ("notebooks", "docs"):
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    return folder


@pytest.fixture(scope="module")
def server(project):
    """The address that JupyterLab prints, running on the copy; ended by Ctrl+C with everything it started."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield from serving(project, taken.getsockname()[1])


def serving(project, port: int):
    """One that is told a port that somebody else has: it takes the next that is free, and prints that."""
    rounds = os.pathsep.join(str(PROJECT / "data" / year) for year in ("2025", "2027"))
    own = {name: str(project.parent / name.lower()) for name in
           ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR",
            "JUPYTERLAB_WORKSPACES_DIR", "IPYTHONDIR")}  # fmt: skip
    line = [sys.executable, "-c", NOTING, "lab", str(project), "--no-browser", "--port", str(port)]
    environment = os.environ | own | {"JUPYTER_TOKEN": "", "ECANALYSIS_ROUNDS": rounds}
    settings = Path(own["JUPYTER_CONFIG_DIR"])
    settings.mkdir()
    settings.joinpath("jupyter_server_config.py").write_text(CARELESS)
    with open(project.parent / "log.txt", "w") as log:
        server = subprocess.Popen(line, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        log = project.parent / "log.txt"
        printed = re.compile(r"^JupyterLab：(http://127\.0\.0\.1:\d+)/.*\?token=(\w{40,})$", re.MULTILINE)
        assert until(lambda: server.poll() is not None or printed.search(log.read_text())), log.read_text()
        said = printed.search(log.read_text())
        assert "listening" in log.read_text()[: said.start()], "an address is printed when it answers"
        address, token = said.groups()
        with pytest.raises(HTTPError, match="403"):
            urllib.request.urlopen(f"{address}/api/contents", timeout=PATIENCE)
        heard = [one.laddr for one in psutil.Process(server.pid).net_connections() if one.status == "LISTEN"]
        assert {where.ip for where in heard} == {"127.0.0.1"}
        assert urlsplit(address).port in {where.port for where in heard} - {port}
        yield address, token
    finally:
        started = psutil.Process(server.pid).children(recursive=True) if server.poll() is None else []
        server.send_signal(signal.SIGINT)
        ended = server.wait(PATIENCE)
    assert ended == 0
    assert psutil.wait_procs(started, PATIENCE)[1] == [], "kernels outlive the server"


@pytest.fixture(scope="module")
def address(server) -> str:
    return server[0]


@pytest.fixture(scope="module")
def window():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=BROWSER, args=list(publish.BROWSER_OPTIONS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def context(window, server):
    """One browser for all tests, logged in, with what it has fetched; complains of requests that leave this machine."""
    context = window.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(WAIT)
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    context.on("page", lambda page: page.on("websocket", lambda socket: asked.append(socket.url)))
    address, token = server
    page = context.new_page()
    page.goto(f"{address}/api/status?token={token}")
    page.close()
    yield context
    context.close()
    here = (address, address.replace("http", "ws"), "data:", "blob:")
    assert [url for url in asked if url.startswith("ws")] and [url for url in asked if not url.startswith(here)] == []


@pytest.fixture
def page(context):
    page = context.new_page()
    yield page
    page.close()


def open_notebook(page, address: str, name: str) -> None:
    page.goto(f"{address}/lab/tree/notebooks/{name}.ipynb?reset")
    ready(page)


def ready(page) -> None:
    """Wait for a notebook and its kernel."""
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    page.get_by_text("| 空闲").first.wait_for()  # in the status line


def choose(page, menu: str, item: str) -> None:
    page.locator(".lm-MenuBar-item", has_text=menu).click()
    page.locator(".lm-Menu-itemLabel", has_text=item).first.click()


def run_all(page) -> None:
    """编辑 → 清除所有单元格的输出, then 运行 → 运行所有单元格, until all have run or one has failed."""
    from playwright.sync_api import TimeoutError

    prompts = page.locator(PROMPTS)
    choose(page, "编辑", "清除所有单元格的输出")  # and their numbers: those that come are of this run
    assert until(lambda: not prompts.filter(has_text=re.compile(r"\d")).count())

    def ran() -> bool:
        if not prompts.filter(has_text="*").count():  # a kernel that has only just come up lets a call pass
            choose(page, "运行", "运行所有单元格")
        with suppress(TimeoutError):
            page.wait_for_function(RAN, arg=PROMPTS, timeout=4000)
        return page.evaluate(RAN, PROMPTS)

    assert until(ran)


def faults(page) -> list[str]:
    """What cells show of errors and of standard error."""
    shown = page.locator("[data-mime-type='application/vnd.jupyter.error'], [data-mime-type$='.stderr']")
    return shown.all_inner_texts()


class TestInTheBrowser:
    pytestmark = in_browser

    def test_it_opens_on_the_welcome_page_in_chinese(self, page, address):
        page.goto(f"{address}/")
        welcome = page.locator(".jp-MarkdownViewer")
        assert welcome.locator("h1").inner_text() == "国家电子商务示范基地综合评价"
        assert page.url.split("?")[0].endswith(f"/lab/tree/{lab.WELCOME}")
        assert page.evaluate("document.fonts.check('14px \"Desk Sans\"', '评')"), "no machine's font is needed"
        menus = page.locator(".lm-MenuBar-itemLabel").all_inner_texts()
        assert menus == ["文件", "编辑", "查看", "运行", "内核", "标签页", "设置", "帮助"]
        # Another folder is listed until the browser of files has gone to the work folder.
        only = page.locator(".jp-DirListing-content:not(:has(:nth-child(2 of .jp-DirListing-item)))")
        only.locator(".jp-DirListing-itemText", has_text=lab.OWN).wait_for()
        assert page.locator(".jp-DirListing-itemText").all_inner_texts() == [lab.OWN], "the work folder"
        welcome.get_by_role("link", name="分析人员手册").click()
        manual = page.locator(".jp-MarkdownViewer:visible h1")
        manual.get_by_text("分析人员手册").wait_for()
        page.locator(".lm-TabBar-tabLabel", has_text="welcome").click()
        page.get_by_role("link", name="cheat_sheet").click()
        ready(page)
        assert page.locator(".jp-Dialog").count() == 0
        self.runs_to_the_end(page)

    @pytest.mark.parametrize("name", ["05_two_rounds", "base"])
    def test_a_notebook_runs_to_the_end(self, page, address, name):
        open_notebook(page, address, name)
        self.runs_to_the_end(page)

    def runs_to_the_end(self, page):
        run_all(page)
        assert faults(page) == []
        numbers = page.locator(PROMPTS).all_text_contents()
        assert numbers and all(re.fullmatch(r"\[\d+\]:", number.strip()) for number in numbers)
        table = page.locator("table.ec").first
        heading = "one => getComputedStyle(one.querySelector('thead th:not(.number)')).textAlign"
        rule = "one => getComputedStyle(one).borderTopWidth"
        assert (table.evaluate(heading), table.evaluate(rule)) == ("left", "2px"), "our own style sheet is there"

    def test_a_long_table_sorts_and_filters_and_all_of_its_rows_can_be_asked_for(self, page, address, project):
        source = ["import pandas as pd", "import ecanalysis as ec", "r = ec.load_round(2027)", "r.scores"]
        notebook = write_notebook(project / "work" / "50_long.ipynb", "\n".join(source),
                                  "pd.options.display.max_rows = None\nr.scores")  # fmt: skip
        page.goto(f"{address}/lab/tree/work/{notebook.name}?reset")
        ready(page)
        run_all(page)
        assert page.get_by_text(re.compile("中间略去.*display.max_rows = None")).count() == 1
        table, wanted = page.locator("table.ec").last, page.get_by_placeholder("筛选本表")
        assert wanted.count() == 1, "of a table that is cut nothing is offered"
        everybody = cells(table)
        wanted.fill("浙江")
        shown = table.locator("tbody tr:not([hidden])")
        assert 0 < shown.count() == (everybody["省级单位"] == "浙江").sum() < len(everybody)
        wanted.fill("")
        table.get_by_role("button", name="总分").click()
        totals = cells(table)["总分"].astype(float)
        assert totals.is_monotonic_decreasing and len(totals) == len(everybody)

    def test_opening_a_notebook_does_not_change_it(self, page, address, project):
        saved = project / "notebooks" / "02_scores.ipynb"
        before = saved.stat().st_mtime_ns
        open_notebook(page, address, "02_scores")
        page.locator(".jp-Notebook .jp-CodeCell").first.click()
        page.keyboard.press("Control+s")
        assert until(lambda: saved.stat().st_mtime_ns > before)
        shipped = (PROJECT / "notebooks" / "02_scores.ipynb").read_bytes()
        assert until(lambda: saved.read_bytes() == shipped), "as soon as it is written to the end"

    def test_the_desk(self, page, address, project):
        open_notebook(page, address, "explore")
        run_all(page)
        assert faults(page) == []
        ranking = page.locator(".ec-ranking table.ec")
        ranking.wait_for()
        before, chart = cells(ranking), page.locator("svg[aria-label^=各区域]").inner_html()
        assert labels_cut_short(page) == []

        handle = page.locator(".noUi-handle:visible").first
        handle.focus()
        for _ in range(8):  # the keyboard moves it, a twentieth a time
            handle.press("ArrowRight")
        page.get_by_text(f"{80 * 1.4 / 3.4:.2f}分", exact=True).wait_for()
        page.get_by_text("| 空闲").first.wait_for()
        assert page.get_by_text("1.40", exact=True).count() == 1
        assert page.locator(".widget-html", has_text="家名次变动").count() == 1
        assert page.locator("svg[aria-label^=各区域]").inner_html() != chart
        moved = cells(ranking)
        assert len(moved) == len(before)
        assert moved["总分"].tolist() != before["总分"].tolist()
        assert (moved["进退"] != "0").any()

        page.get_by_label("区域", exact=True).select_option(label="中部")
        page.get_by_text(re.compile("试算结果（[1-9][0-9]?家）")).wait_for()
        assert set(cells(ranking)["区域"]) == {"中部"}

        page.get_by_role("button", name="保存方案").click()
        page.get_by_text("已保存 试算方案.toml").wait_for()
        self.saved_scheme_scores_as_shown(project, moved)

        page.locator(".lm-TabBar-tabLabel:visible", has_text="查看与对比基地").click()
        for label, wanted in (("基地（甲）", "B012"), ("对比（乙）", "绵阳直播")):
            page.get_by_label(label).fill(wanted)
            page.get_by_label(label).press("Enter")
        page.get_by_text("逐项对比，差距大的在前").wait_for()
        assert page.get_by_text("汇总表!G6").count() == 1, "down to the cell"

        before = page.locator(".jp-RenderedMarkdown p", has_text="均与现行方案相同")
        assert before.count() == 1, "the cell that was run before the slider moved"

    def saved_scheme_scores_as_shown(self, project, shown):
        rounds = [str(PROJECT / "data" / year) for year in ("2027", "2025")]
        line = [sys.executable, "-m", "ecanalysis.cli", "score", rounds[0], "--previous", rounds[1]]
        line += ["--scheme", str(project / "work" / "试算方案.toml"), "--out", str(project / "scored")]
        told = subprocess.run(line, capture_output=True, text=True)
        assert told.returncode in (0, 1), told.stderr
        scores = pd.read_csv(project / "scored" / "scores.csv", encoding="utf-8-sig").set_index("base_id")
        shown = shown.set_index("编号")
        assert len(shown) == len(scores)
        assert shown["总分"].to_dict() == {base_id: f"{total:.1f}" for base_id, total in scores.total.items()}
        assert shown["区域名次"].astype(int).to_dict() == scores["rank"].to_dict()
        assert shown["档次"].to_dict() == scores.tier.to_dict()


def cells(table) -> pd.DataFrame:
    """A table of the page as texts."""
    rows = table.evaluate("one => [...one.rows].map(row => [...row.cells].map(cell => cell.textContent))")
    return pd.DataFrame(rows[1:], columns=rows[0])


def labels_cut_short(page) -> list[str]:
    """The labels of controls that are wider than their place, in every choice of 调整."""
    chooser, cut = page.get_by_label("调整"), []
    wide = "all => all.filter(one => one.scrollWidth > one.clientWidth).map(one => one.textContent)"
    labels, shown = page.locator(".jupyter-widgets .widget-label:visible"), []
    for place in [*range(1, chooser.locator("option").count()), 0]:
        shown.append(labels.all_inner_texts())
        chooser.select_option(index=place)
        assert until(lambda: labels.all_inner_texts() != shown[-1]), "another choice, other controls"
        cut += labels.evaluate_all(wide)
    return cut
