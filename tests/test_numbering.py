"""Tables and figures have names in a notebook and numbers on its page."""

import re
import sys
from base64 import b64encode
from contextlib import nullcontext

import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from ecanalysis import draw, show, written
from ecanalysis.errors import UserError
from ecanalysis.presenting.charts import canvas
from ecanalysis.publishing import kernels, pages
from ecanalysis.publishing.html import html_page
from ecanalysis.publishing.numbering import numbered

FRAME = pd.DataFrame({"name": ["示例·[表](#none)园"], "total": [66.4117]})


def output(shown):
    data, metadata = shown._repr_mimebundle_()
    data = {kind: b64encode(content).decode() if kind == "image/png" else content for kind, content in data.items()}
    return new_code_cell(outputs=[new_output("display_data", data=data, metadata=metadata)])


def picture(name: str):
    return draw(canvas(1)[0], name, finding="越来越多", caption="增速", alt="一条线", source="数据来源：示例")


def notebook(*cells):
    return new_notebook(cells=[new_markdown_cell("# 标题"), *cells])


def test_numbers_follow_the_order_of_appearance_and_links_read_them():
    page = numbered(
        notebook(
            new_markdown_cell("见[表](#last)、[图](#growth)和[下表](#first)"),
            output(show(FRAME, "first", "甲")),
            output(picture("growth")),
            output(show(FRAME, "last", "乙", "同[表](#first)")),
        )
    )
    assert page.cells[1].source == "见[表2](#last)、[图1](#growth)和[下表](#first)"
    tables = [page.cells[place].outputs[0].data["text/html"] for place in (2, 4)]
    assert [re.search("<caption>(.*?)</caption>", table)[1] for table in tables] == ["表1　甲", "表2　乙"]
    assert '同<a href="#first">表1</a>' in tables[1]
    assert "示例·[表](#none)园" in tables[0], "what a base calls itself is no link"


def test_the_page_carries_the_number_of_a_figure_and_its_picture_none():
    html = html_page(notebook(new_markdown_cell("[图](#growth)"), output(picture("growth"))))
    assert 'id="growth"' in html and "<figcaption><strong>越来越多</strong>图1　增速</figcaption>" in html
    assert html.index("越来越多") < html.index("<img") < html.index("数据来源：示例")
    assert '<a href="#growth">图1</a>' in html


@pytest.mark.parametrize(
    "cells, said",
    [
        ([new_markdown_cell("见[表](#none)")], "第 2 个单元：[表](#none) 所指的表或图不存在"),
        ([output(show(FRAME, "one", "甲", "见[图](#none)"))], "第 2 个单元：[图](#none) 所指的表或图不存在"),
        ([output(show(FRAME, "one", "甲")), new_markdown_cell("[图](#one)")], "第 3 个单元：[图](#one) 所指的是表1"),
        ([output(show(FRAME, "one", "甲")), output(picture("one"))], "第 3 个单元：名称“one”已被表1使用"),
    ],
)
def test_a_link_to_nothing_and_a_name_given_twice_fail_the_page(cells, said):
    with pytest.raises(UserError, match=re.escape(said)):
        numbered(notebook(*cells))


@pytest.mark.parametrize("name", ["3", "Growth", "a b", "", "甲", "a-b"][1:])
def test_names_are_small_letters_digits_and_underscores(name):
    with pytest.raises(UserError, match="名称"):
        show(FRAME, name, "甲")
    with pytest.raises(UserError, match="名称"):
        picture(name)


def test_a_pivoted_table_keeps_the_format_of_what_was_pivoted():
    table = pd.DataFrame({"code": ["C01", "C01"], "group": ["东", "西"], "typical": [0.5, 0.25], "n": [4, 8]})
    html = show(table.pivot(index="code", columns="group", values=["typical"]), "one", "甲").data
    assert re.findall("<th [^>]*>(.*?)</th>", html) == ["指标", "东部", "西部（含东北）", "C01 专项政策"]
    assert re.findall("<td [^>]*>(.*?)</td>", html) == ["答是50%", "答是25%"]
    assert (written(table, "typical") + "，" + written(table, "n") + "家").tolist() == ["答是50%，4家", "答是25%，8家"]


def test_a_committed_notebook_that_refers_to_nothing_is_named_and_left_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "04_regions.ipynb"
    path.write_text("as it was", "utf-8")
    run = notebook(new_markdown_cell("见[表](#totls)"), output(show(FRAME, "totals", "甲")))
    monkeypatch.setattr(pages, "run_notebook", lambda page, executed: run)
    monkeypatch.setattr(kernels, "kernels", nullcontext)
    monkeypatch.setattr(sys, "argv", ["pages", str(path)])
    with pytest.raises(SystemExit) as ended:
        pages.main()
    assert str(path) in ended.value.code and "[表](#totls) 所指的表或图不存在（最接近的是 totals）" in ended.value.code
    assert path.read_text("utf-8") == "as it was"
