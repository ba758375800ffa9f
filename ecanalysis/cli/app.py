"""What the commands share: the app, common options, messages, and reading the rounds."""

import gc
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
import typer.core
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ecanalysis.cli.chinese import help_in_chinese, in_chinese, is_chinese
from ecanalysis.errors import UserError, visible

UsageError = typer.BadParameter.__mro__[1]  # typer exports only this subclass


class _Commands(typer.core.TyperGroup):
    """The group of commands; errors in the user's input are reported as a message and an exit status."""

    def main(self, *given, standalone_mode: bool = True, **named):
        gc.set_threshold(100_000, 50, 100)  # a command keeps most objects, so collecting garbage finds little
        if not (standalone_mode and is_chinese()):
            return super().main(*given, standalone_mode=standalone_mode, **named)
        _help_in_chinese(self)
        try:
            status = super().main(*given, standalone_mode=False, **named)
        except UsageError as error:
            if type(error).show is not UsageError.show:  # for example the complete help
                error.show()
            else:
                if error.ctx is not None:
                    usage = help_in_chinese(error.ctx.get_usage())
                    say(f"{usage}（{error.ctx.command_path} --help 可看说明）")
                say(f"错误：{in_chinese(error.format_message())}")
            status = error.exit_code
        except typer.Abort:
            status = 1
        sys.exit(status if isinstance(status, int) else 0)

    def invoke(self, context):
        try:
            return super().invoke(context)
        except UserError as error:
            first, *others = error.lines
            for line in (f"错误：{first}", *others):
                say(line)
            raise typer.Exit(error.status) from None


def _help_in_chinese(command) -> None:
    plain = command.get_help
    command.get_help = lambda context: help_in_chinese(plain(context))
    for one in getattr(command, "commands", {}).values():
        _help_in_chinese(one)


app = typer.Typer(
    cls=_Commands,
    context_settings={"help_option_names": ["--help", "-h"]},
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich's boxes cut off Chinese text at the end of a line
    help="国家电子商务示范基地综合评价：读取报告表、评分、对比、预警、出简报。\n\n"
    "常用顺序：template（下发空表）→ parse（读取报送文件）→ score（评分）→ brief（出简报）。",
    epilog="退出码：0 全部完成；1 已写出结果，但有文件退回、未匹配或有页面失败；"
    "2 用法或名单、方案、更正文件有误，未写出任何结果。",
)
# Progress and messages go to standard error; standard output is for results.
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
    """The executor for a command's work, with a progress bar on standard error."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    # No progress bars in log files.
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
    """Print a message to standard error; names of files and bases are shown safely."""
    console.print(visible(message), markup=False, soft_wrap=True)


def refuse_inside(out: Path, submissions: Path) -> None:
    """Refuse to write inside a folder of submissions, which must stay as received."""
    if submissions.is_dir() and out.resolve().is_relative_to(submissions.resolve()):
        raise UserError(f"结果文件夹 {out} 在报送文件夹 {submissions} 之内；报送文件夹只读不写，请另选 --out")


def refuse_among_submissions(out: Path, evaluation) -> None:
    for one in (*evaluation.history, evaluation):
        refuse_inside(out, one.round.folder / "submissions")


def load(
    round_: str,
    previous: list[str] | None,
    scheme: Path | None,
    workers: int | None,
    scheduler: str | None,
    fresh: bool = False,
):
    """Read the rounds with a progress bar."""
    from ecanalysis.evaluation import load_round

    with machines("读取报送文件", workers, scheduler) as executor:
        evaluation = load_round(round_, previous or None, scheme, executor, fresh)
    if evaluation.scheme.called != evaluation.scheme.title:
        say(f"评分方案：{evaluation.scheme.called}；全文见 ecanalysis scheme show {evaluation.scheme.path}")
    return evaluation
