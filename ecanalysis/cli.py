"""The command line: `ecanalysis template | parse | sample | score | seal | brief | review`.

Exit status everywhere: 0 all went well; 1 results were written, but something in them needs attention (a
submission was rejected or unmatched, a page failed); 2 a usage error, or a file of ours that is wrong, and
nothing was written.
"""

from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
import typer.core
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ecanalysis.errors import UserError, writing


class _Commands(typer.core.TyperGroup):
    """The commands; where what the user gave is wrong, it is said in one sentence and the exit status tells."""

    def invoke(self, context):
        try:
            return super().invoke(context)
        except UserError as error:
            say(f"错误：{error}")
            raise typer.Exit(error.status) from None


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # its boxes cut Chinese text off where a line ends
    help="国家电子商务示范基地综合评价：读取报告表、评分、对比、预警、出简报。\n\n"
    "常用顺序：template（下发空表）→ parse（读取报送文件）→ score（评分）→ brief（出简报）。",
    epilog="退出码：0 全部完成；1 已写出结果，但有文件退回、未匹配或有页面失败；"
    "2 用法或名单、方案、更正文件有误，未写出任何结果。",
)
# Progress and messages go to standard error, so that standard output stays free for what is asked for.
console = Console(stderr=True, highlight=False)

Year = Annotated[int, typer.Option("--year", min=2000, max=2100, help="报告期年份，如 2025（基期为上一年）")]
Out = Annotated[Path, typer.Option("--out", file_okay=False, help="写出结果的文件夹（没有则新建）")]
Workers = Annotated[int | None, typer.Option("--workers", min=1, help="并行进程数（默认用满处理器）")]
RoundArgument = Annotated[str, typer.Argument(help="轮次：年份（2027）或文件夹（data/2027）", metavar="ROUND")]
Previous = Annotated[list[str] | None, typer.Option("--previous", help="此前的轮次，可重复，由早到晚", metavar="ROUND")]
SchemeFile = Annotated[
    Path | None, typer.Option("--scheme", exists=True, dir_okay=False, help="评分方案文件（TOML）；默认用随附方案")
]
Scheduler = Annotated[
    str | None,
    typer.Option("--scheduler", metavar="tcp://…", help="交给现有的 Dask 集群执行（各机器须以同一路径看到轮次和程序）"),
]


def _settings(context: typer.Context, file: Path | None) -> Path | None:
    from ecanalysis import config

    if file is None and not (file := Path(config.NAME)).is_file():
        return None
    every = context.find_root().command.commands
    commands = {
        name: one.params for name, one in every.items() if any(option.name == "config" for option in one.params)
    }
    context.default_map = config.read(file, context.command.name, commands)
    say(f"设置取自 {file}")
    return file


Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        exists=True,
        dir_okay=False,
        is_eager=True,
        callback=_settings,
        help="设置文件（TOML）；默认用当前文件夹中的 ecanalysis.toml；命令行给出的优先",
    ),
]


@contextmanager
def machines(label: str, workers: int | None = None, scheduler: str | None = None):
    """The executor that work is handed to, with a progress bar on standard error."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    # A log file is not to be filled with bars.
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(label, total=None)

        def progress(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        if scheduler:
            from ecanalysis.publishing.machines import Cluster

            yield Cluster(scheduler, progress)
        else:
            from ecanalysis.reading.files import LocalPool

            yield LocalPool(workers, progress)


def say(message: object) -> None:
    """Tell the person at the terminal; names of files and bases are shown as they are."""
    console.print(str(message), markup=False, soft_wrap=True)


@app.command()
def template(
    file: Annotated[Path, typer.Argument(help="要写出的工作簿（.xlsx）", metavar="FILE.xlsx")],
    year: Year,
) -> None:
    """写出空白报告表（附件6）工作簿，可直接下发各基地填报。

    例：ecanalysis template 报告表.xlsx --year 2025
    """
    from ecanalysis.form.blank import write_template

    if file.suffix.lower() != ".xlsx":
        raise UserError(f"文件名应以 .xlsx 结尾，实为“{file.name}”")
    if not file.parent.is_dir():
        raise UserError(f"文件夹不存在：{file.parent}")
    with writing(file):
        write_template(file, year)
    say(f"已写出 {file}（报告期 {year} 年，基期 {year - 1} 年）")


@app.command()
def parse(
    paths: Annotated[list[Path], typer.Argument(exists=True, help="报送文件或文件夹，可多个", metavar="PATH…")],
    year: Year,
    out: Out,
    workers: Workers = None,
    returns: Annotated[
        Path | None, typer.Option("--returns", file_okay=False, help="另按省份写出《退回补正清单》工作簿的文件夹")
    ] = None,
    roster: Annotated[
        Path | None, typer.Option("--roster", exists=True, dir_okay=False, help="名单 roster.csv，用于按省份分发清单")
    ] = None,
    scheduler: Scheduler = None,
    config: Config = None,
) -> None:
    """读取报送文件，写出 values、issues、files、bases、contacts 五张表（CSV 和 Parquet）。

    联系人信息只写入 contacts（权限 0600），不进入其他任何输出。

    例：ecanalysis parse data/2025/submissions --year 2025 --out out/parsed --returns out/returns
    """
    from ecanalysis import outputs
    from ecanalysis.rounds import round as rounds
    from ecanalysis.rounds.roster import read_roster

    for path in paths:
        _refuse_inside(out, path)
    listed = read_roster(roster) if roster else None
    with machines("读取报送文件", workers, scheduler) as executor:
        parsed = rounds.parse(paths, year, executor)
    with writing(out), outputs.written_together(out) as folder:
        for name in ("values", "issues", "files", "bases"):
            outputs.write_table(getattr(parsed, name), folder, name, parquet=True)
        outputs.write_table(parsed.contacts, folder, "contacts", private=True, parquet=True)
    if returns is not None:
        from ecanalysis.presenting.returns import write_return_lists

        with writing(returns):
            write_return_lists(parsed, listed, year, returns)
    counts = parsed.files.status.value_counts()
    rejected = int(counts.get("rejected", 0))
    say(
        f"共 {len(parsed.files)} 个文件：接收 {int(counts.get('accepted', 0))} 个，"
        f"接收但有问题 {int(counts.get('accepted_with_warnings', 0))} 个，退回 {rejected} 个，"
        f"佐证材料 {int(counts.get('evidence', 0))} 个；结果在 {out}"
    )
    for row in parsed.files[parsed.files.status == "rejected"].itertuples():
        say(f"  退回 {row.file}：{row.message}")
    raise typer.Exit(1 if rejected else 0)


@app.command()
def sample(
    folder: Annotated[Path, typer.Argument(file_okay=False, help="写出示例轮次的文件夹", metavar="DIR")],
    seed: Annotated[int, typer.Option(help="随机种子；同一种子得到同样的数据")] = 20250101,
) -> None:
    """写出两轮虚构的示例数据（2025、2027），供试用和培训。所有名称与数字均为虚构。

    例：ecanalysis sample out/sample，然后 ecanalysis brief out/sample/2027 --previous out/sample/2025
    """
    from ecanalysis.sample import write_rounds

    with console.status("正在生成示例数据…"), writing(folder):
        write_rounds(folder, seed)
    say(f"已写出 {folder / '2025'} 和 {folder / '2027'}（虚构数据）")


@app.command()
def score(
    round_: RoundArgument,
    out: Out,
    previous: Previous = None,
    scheme: SchemeFile = None,
    workers: Workers = None,
    workbook: Annotated[
        bool, typer.Option("--workbook/--no-workbook", show_default=False, help="另写出供阅读的工作簿 scores.xlsx")
    ] = False,
    scheduler: Scheduler = None,
    config: Config = None,
) -> None:
    """给一轮评分，并与此前轮次比较，写出总分、分项、变化、预警等各表。

    例：ecanalysis score data/2027 --previous data/2025 --out out/scored
    """
    from ecanalysis import outputs

    evaluation = _load(round_, previous, scheme, workers, scheduler)
    _refuse_among_submissions(out, evaluation)
    tables = {
        "scores": evaluation.scores,
        "points": evaluation.points,
        "change": evaluation.change,
        "region_change": evaluation.region_change,
        "robustness": evaluation.robustness,
        "not_submitted": evaluation.not_submitted,
        "unmatched": evaluation.unmatched,
        "issues": evaluation.issues,
        "watchlist": evaluation.watchlist,
        "decisions": evaluation.decisions,
        "firmness": evaluation.firmness,
        "heirs": evaluation.heirs,
        "remove_one": evaluation.remove_one,
        "correction_effects": evaluation.correction_effects,
        "seal_difference": evaluation.seal_difference,
    }
    with writing(out), outputs.written_together(out) as folder:
        for name, table in tables.items():
            outputs.write_table(table, folder, name)
        if workbook:
            evaluation.to_excel(folder / "scores.xlsx")
    _report(evaluation, out)


@app.command()
def seal(
    round_: RoundArgument,
    previous: Previous = None,
    scheme: SchemeFile = None,
    reason: Annotated[str, typer.Option("--reason", help="已封存的轮次重新封存的理由；原封存另存备查")] = "",
    workers: Workers = None,
    scheduler: Scheduler = None,
    config: Config = None,
) -> None:
    """封存一轮的结果：总分、分项、预警、判定和方案全文，连同每个文件的校验值写入 ROUND/sealed/。

    以后各轮与这一轮比较时以封存的结果为准。

    例：ecanalysis seal data/2025
    """
    evaluation = _load(round_, previous, scheme, workers, scheduler)
    with writing(evaluation.round.folder):
        folder = evaluation.write_seal(reason)
    _report(evaluation, folder)


def _report(evaluation, place: Path) -> None:
    """Say how a round came out and where the results are; status 1 where something came that could not be scored."""
    rejected = int((evaluation.files.status == "rejected").sum())
    unmatched = len(evaluation.unmatched)
    say(
        f"{evaluation.year} 年轮次：参评 {len(evaluation.scores)} 家，未报送 {len(evaluation.not_submitted)} 家，"
        f"退回文件 {rejected} 个，名单外 {unmatched} 个；结果在 {place}"
    )
    raise typer.Exit(1 if rejected or unmatched else 0)


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

    evaluation = _load(round_, previous, scheme, workers, scheduler)
    _refuse_among_submissions(out, evaluation)
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
            parameters=dict(_parameter(item) for item in parameter or []),
            say=say,
        )
    say(
        f"已发布 {len(run.published)} 页，沿用 {len(run.kept)} 页，失败 {len(run.failed)} 页，"
        f"用时 {run.seconds:.0f} 秒：{run.folder / 'index.html'}"
    )
    raise typer.Exit(run.status)


@app.command()
def review(
    report: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="已发布的报告，如 reports/2027")],
    rounds: Annotated[
        list[Path] | None,
        typer.Option("--round", exists=True, file_okay=False, help="轮次文件夹（移动过时指明），可重复", metavar="DIR"),
    ] = None,
    only: Annotated[list[str] | None, typer.Option("--only", help="只复核这些页面，可重复")] = None,
    workers: Workers = None,
    config: Config = None,
) -> None:
    """复核已发布的报告：用 nbval 重新运行每一页，逐项比对数字，并核对报送文件、方案和页面是否被改动。

    例：ecanalysis review reports/2027
    """
    from ecanalysis.paths import round_year
    from ecanalysis.publishing.review import review as run_again

    with machines("复核", workers) as executor:
        found = run_again(report, {round_year(one): one for one in rounds or []}, only or None, executor)
    for finding in found:
        say(f"  {finding}")
    run_anew = f"所选 {len(set(only))} 页" if only else "每一页"
    say(f"复核发现 {len(found)} 处不符" if found else f"复核通过：{run_anew}的每个数字均重新得到")
    raise typer.Exit(1 if found else 0)


schemes = typer.Typer(no_args_is_help=True, help="评分方案：查看全文。")
app.add_typer(schemes, name="scheme")


@schemes.command()
def show(
    file: Annotated[
        Path | None,
        typer.Argument(exists=True, dir_okay=False, help="方案文件（省略则为默认方案）", metavar="FILE"),
    ] = None,
) -> None:
    """打印一份评分方案的全文，包括它沿用默认方案的部分；每张表后注明出自哪个文件第几行。

    例：ecanalysis scheme show my.toml
    """
    from ecanalysis.scoring.scheme import load, shown

    print(shown(load(file)), end="")


@app.command()
def lab(
    folder: Annotated[
        Path | None,
        typer.Argument(exists=True, file_okay=False, help="工作文件夹，内有 notebooks/（默认为本项目）", metavar="DIR"),
    ] = None,
    port: Annotated[int | None, typer.Option(help="端口（默认自动选择）")] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="是否打开浏览器")] = True,
) -> None:
    """打开中文界面的 JupyterLab，从欢迎页开始；只在本机可用，不需要互联网。按 Ctrl+C 结束。"""
    from ecanalysis.desk.lab import start
    from ecanalysis.paths import PROJECT

    folder = (folder or PROJECT).resolve()
    say(f"正在打开 JupyterLab（{folder}）；按 Ctrl+C 结束")
    start(folder, port, browser)


def _refuse_inside(out: Path, submissions: Path) -> None:
    """Submissions stay as received: nothing is written among them."""
    if submissions.is_dir() and out.resolve().is_relative_to(submissions.resolve()):
        raise UserError(f"结果文件夹 {out} 在报送文件夹 {submissions} 之内；报送文件夹只读不写，请另选 --out")


def _refuse_among_submissions(out: Path, evaluation) -> None:
    for one in (*evaluation.history, evaluation):
        _refuse_inside(out, one.round.folder / "submissions")


def _parameter(item: str) -> tuple[str, object]:
    """`name=value` as a pair; the value is read as JSON where it is JSON (2027, null, true), else as text."""
    import json

    name, equals, value = item.partition("=")
    if not equals:
        raise UserError(f"参数应写作 名称=值，实为“{item}”")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value


def _load(round_: str, previous: list[str] | None, scheme: Path | None, workers: int | None, scheduler: str | None):
    """Read the rounds with a progress bar."""
    from ecanalysis.evaluation import load_round

    with machines("读取报送文件", workers, scheduler) as executor:
        return load_round(round_, previous or None, scheme, executor)


if __name__ == "__main__":
    app()
