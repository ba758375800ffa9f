"""Commands on rounds: `template`, `parse`, `sample`, `score`, `seal`, and `scheme show`."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from ecanalysis.cli.app import (
    Config,
    Out,
    Previous,
    RoundArgument,
    Scheduler,
    SchemeFile,
    Workers,
    Year,
    app,
    console,
    load,
    machines,
    refuse_among_submissions,
    refuse_inside,
    say,
)
from ecanalysis.errors import UserError, writing


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
    with writing(file), TemporaryDirectory() as scratch:
        blank = Path(scratch) / file.name
        write_template(blank, year)
        if file.exists() and file.read_bytes() != blank.read_bytes():
            raise UserError(f"已有文件 {file}，可能已经填写，未覆盖；请换一个文件名")
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
        refuse_inside(out, path)
    listed = read_roster(roster) if roster else None
    with machines("读取报送文件", workers, scheduler) as executor:
        parsed = rounds.parse(paths, year, executor)
    with writing(out), outputs.written_together(out) as folder:
        for name in ("values", "issues", "files", "bases"):
            outputs.write_table(getattr(parsed, name), folder, name, parquet=True)
        outputs.write_table(parsed.contacts, folder, "contacts", private=True, parquet=True)
    if returns is not None:
        from ecanalysis.presenting.returns import of_parsed, write_return_lists

        with writing(returns):
            write_return_lists(*of_parsed(parsed, listed, year), year, returns)
    counts = parsed.files.status.value_counts()
    rejected = int(counts.get("rejected", 0))
    say(
        f"共 {len(parsed.files)} 个文件：接收 {int(counts.get('accepted', 0))} 个，"
        f"接收但有问题 {int(counts.get('accepted_with_warnings', 0))} 个，退回 {rejected} 个，"
        f"佐证材料 {int(counts.get('evidence', 0))} 个；结果在 {out}"
    )
    if parsed.files.empty:
        say(f"  {'、'.join(map(str, paths))} 中没有任何报送文件；请核对文件夹")
    for row in parsed.files[parsed.files.status == "rejected"].itertuples():
        say(f"  退回 {row.file}：{row.message}")
    raise typer.Exit(1 if rejected else 0)


@app.command()
def sample(
    folder: Annotated[Path, typer.Argument(file_okay=False, help="写出示例轮次的文件夹", metavar="DIR")],
    seed: Annotated[int, typer.Option(help="随机种子；同一种子得到同样的数据")] = 20250101,
) -> None:
    """写出虚构的示例数据，供试用和培训。

    两轮（2025、2027），另有一小轮其他格式（压缩包、旧文档、PDF、扫描件）；所有名称与数字均为虚构。

    例：ecanalysis sample out/sample，然后 ecanalysis brief out/sample/2027 --previous out/sample/2025
    """
    from ecanalysis.sample import write_rounds

    with console.status("正在生成示例数据…"), writing(folder):
        write_rounds(folder, seed)
    say(f"已写出 {folder / '2025'}、{folder / '2027'} 和 {folder / 'formats'}（虚构数据）")


SCORED = (  # the tables written by `score`
    *("scores", "points", "change", "region_change", "robustness", "not_submitted", "unmatched", "issues", "watchlist"),
    *("decisions", "firmness", "heirs", "remove_one", "correction_effects", "seal_difference"),
)


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
    chinese: Annotated[
        bool,
        typer.Option(
            "--chinese/--no-chinese", show_default=False, help="另写出中文表头、中文内容的 CSV，放在 OUT/中文/"
        ),
    ] = False,
    scheduler: Scheduler = None,
    config: Config = None,
) -> None:
    """给一轮评分，并与此前轮次比较，写出总分、分项、变化、预警等各表。

    例：ecanalysis score data/2027 --previous data/2025 --out out/scored
    """
    from ecanalysis import outputs

    evaluation = load(round_, previous, scheme, workers, scheduler)
    refuse_among_submissions(out, evaluation)
    tables = {name: getattr(evaluation, name) for name in SCORED}
    with writing(out), outputs.written_together(out) as folder:
        for name, table in tables.items():
            outputs.write_table(table, folder, name)
        if workbook:
            evaluation.to_excel(folder / "scores.xlsx")
        if chinese:
            evaluation.export(folder / "中文", chinese=True)
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
    from ecanalysis.reading.opening import checksum

    evaluation = load(round_, previous, scheme, workers, scheduler, fresh=True)
    with writing(evaluation.round.folder):
        folder = evaluation.write_seal(reason)
    say(f"seal.json 的 SHA-256：{checksum(folder / 'seal.json')}")
    _report(evaluation, folder)


def _report(evaluation, place: Path) -> None:
    """Report the outcome of a round and where the results are; exit status 1 if a submission could not be scored."""
    rejected = int((evaluation.files.status == "rejected").sum())
    unmatched = len(evaluation.unmatched)
    say(
        f"{evaluation.year} 年轮次：参评 {len(evaluation.scores)} 家，无可用报送 {len(evaluation.not_submitted)} 家，"
        f"退回文件 {rejected} 个，名单外 {unmatched} 个；结果在 {place}"
    )
    raise typer.Exit(1 if rejected or unmatched else 0)


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
