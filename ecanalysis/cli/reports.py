"""Commands on reports: `brief`, `review`, and `lab`."""

from pathlib import Path
from typing import Annotated

import typer

from ecanalysis.cli.app import (
    Config,
    Previous,
    RoundArgument,
    Scheduler,
    SchemeFile,
    Workers,
    app,
    load,
    machines,
    refuse_among_submissions,
    say,
)
from ecanalysis.errors import UserError


@app.command()
def brief(
    round_: RoundArgument,
    out: Annotated[Path, typer.Option("--out", file_okay=False, help="报告文件夹；写出 OUT/<年份>/")] = Path("reports"),
    previous: Previous = None,
    scheme: SchemeFile = None,
    workers: Workers = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            help="只做一部分，可重复：national、provinces、bases、decisions，或某一页（笔记本、省份、基地编号或名称）",
        ),
    ] = None,
    with_scores: Annotated[
        bool,
        typer.Option(
            "--with-scores/--no-with-scores",
            show_default=False,
            help="反馈给省和基地的页面也列总分、名次和概率（默认只列档次，报告表注6）",
        ),
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume/--no-resume", show_default=False, help="只做缺少的、失败的和已过时的页面")
    ] = False,
    pdf: Annotated[
        bool, typer.Option("--pdf/--no-pdf", show_default=False, help="每页另出 PDF（机器上须有 Chromium 或 Chrome）")
    ] = False,
    docx: Annotated[
        bool,
        typer.Option(
            "--docx/--no-docx", show_default=False, help="另出 Word：各省反馈函、综合评价简报、建议判定书、公示名单"
        ),
    ] = False,
    final: Annotated[bool, typer.Option("--final", help="全部成功后定稿；此后不再允许覆盖")] = False,
    parameter: Annotated[
        list[str] | None, typer.Option("--parameter", "-p", help="另传给全国笔记本的参数，可重复", metavar="名称=值")
    ] = None,
    scheduler: Scheduler = None,
    config: Config = None,
) -> None:
    """生成并发布全部简报：全国、各省、各基地，每页一个可离线打开的 HTML，旁附已运行的笔记本。

    入口页为 OUT/<年份>/index.html。单页失败不影响其他页面；原有报告在新报告写完之前保持不变。

    例：ecanalysis brief data/2027 --previous data/2025 --out reports/
    """
    from ecanalysis.publishing import briefings
    from ecanalysis.rounds.provenance import digest

    evaluation = load(round_, previous, scheme, workers, scheduler)
    refuse_among_submissions(out, evaluation)
    with machines("生成简报", workers, scheduler) as executor:
        run = briefings.brief(
            evaluation,
            out,
            scheme_file=scheme,
            executor=executor,
            only=only or (),
            with_scores=with_scores,
            resume=resume,
            final=final,
            pdf=pdf,
            docx=docx,
            parameters=dict(_parameter(item) for item in parameter or []),
            say=say,
        )
    say(
        f"已发布 {len(run.published)} 页，沿用 {len(run.kept)} 页，失败 {len(run.failed)} 页，"
        f"用时 {run.seconds:.0f} 秒：{run.folder / 'index.html'}"
    )
    say(f"清单 manifest.json 的 SHA-256：{digest(run.folder / 'manifest.json')}")
    raise typer.Exit(run.status)


@app.command()
def review(
    report: Annotated[
        Path, typer.Argument(exists=True, file_okay=False, help="已发布的报告，如 reports/2027", metavar="REPORT")
    ],
    rounds: Annotated[
        list[Path] | None,
        typer.Option("--round", exists=True, file_okay=False, help="轮次文件夹（移动过时指明），可重复", metavar="DIR"),
    ] = None,
    only: Annotated[list[str] | None, typer.Option("--only", help="只复核这些页面，可重复；写法同 brief")] = None,
    workers: Workers = None,
    config: Config = None,
) -> None:
    """复核已发布的报告：从报送文件起重新读取、评分并生成每一页，逐项比对内容、数字和图；不运行报告中的任何程序。

    例：ecanalysis review reports/2027
    """
    from ecanalysis.paths import round_year
    from ecanalysis.publishing.review import review as run_again

    with machines("复核", workers) as executor:
        told = run_again(report, {round_year(one): one for one in rounds or []}, only or None, executor)
    for line in told.basis:
        say(f"  {line}")
    for finding in told.found:
        say(f"  {finding}")
    run_anew = f"所选 {len(set(only))} 页" if only else "每一页"
    say(f"复核发现 {len(told.found)} 处不符" if told.found else f"复核通过：{run_anew}的每个数字均重新得到")
    say(f"清单 manifest.json 的 SHA-256：{told.manifest}")
    raise typer.Exit(1 if told.found else 0)


@app.command()
def lab(
    folder: Annotated[
        Path | None,
        typer.Argument(exists=True, file_okay=False, help="工作文件夹，内有 notebooks/（默认为本项目）", metavar="DIR"),
    ] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="端口（默认自动选择）")] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="是否打开浏览器")] = True,
) -> None:
    """打开中文界面的 JupyterLab，从欢迎页开始；只在本机可用，不需要互联网。按 Ctrl+C 结束。"""
    from ecanalysis.desk.lab import start
    from ecanalysis.paths import PROJECT

    folder = (folder or PROJECT).resolve()
    say(f"正在打开 JupyterLab（{folder}）；按 Ctrl+C 结束")
    start(folder, port, browser)


def _parameter(item: str) -> tuple[str, object]:
    """`name=value` as a pair; the value is parsed as JSON if possible (2027, null, true), otherwise it is text."""
    import json

    name, equals, value = item.partition("=")
    if not equals:
        raise UserError(f"参数应写作 名称=值，实为“{item}”")
    if name in ("round_year", "previous_year"):
        raise UserError(f"轮次不用 -p 指定：写作 ecanalysis brief {value or 2027} --previous 更早的轮次（首轮不写）")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value
