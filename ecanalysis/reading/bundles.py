"""Bundles (.zip, .7z, .rar) -> the files inside, each under an address of its own: `浙江.zip!/杭州.xlsx`.

A bundle is told by its content. What it holds is unpacked into a folder of this run that nobody else can read and that
is gone when the run ends; names inside never become paths. A bundle that was opened has no row of its own in the
ledger: what it holds has. One that cannot be opened has one, and so has each member that is refused.
"""

from dataclasses import replace
from functools import partial
from pathlib import Path

from ecanalysis.reading.apart import Lost, each_apart
from ecanalysis.reading.found import Found
from ecanalysis.reading.limits import Limits
from ecanalysis.reading.opening import checksum_or_blank
from ecanalysis.reading.unpacking import (
    EMPTY,
    INSIDE,
    SEND_APART,
    Member,
    NoBundle,
    Refused,
    Unpacking,
    kind_of_bundle,
    packs_evidence,
)


def open_bundles(found: list[Found], folder: Path, limits: Limits) -> list[Found]:
    """The files that were found, with every bundle replaced by what it holds, unpacked into `folder`."""
    at = [place for place, one in enumerate(found) if not (one.evidence or one.fault) and kind_of_bundle(one.path)]
    opened: list[list[Found]] = [[one] for one in found]
    for place in [place for place in at if packs_evidence(found[place].file)]:
        opened[place] = [replace(found[place], evidence=True)]
        at.remove(place)
    tasks = [(found[place].path, folder / str(place)) for place in at]
    for place, members in zip(at, each_apart(partial(_open, limits), tasks, limits)):
        one = found[place]
        if isinstance(members, Lost):
            members = f"打开压缩包所需时间或内存超过限额，内容异常。{SEND_APART}"
        if isinstance(members, str):
            opened[place] = [replace(one, fault=members, sha256=checksum_or_blank(one.path, limits.file_bytes))]
        elif members is not None:
            opened[place] = [_found(one, member) for member in members]
    return [one for each in opened for one in each]


def bundle_of(file: str) -> str:
    """The name of the file that was received, of a name in the tables.

    >>> bundle_of("浙江.zip!/杭州.zip!/甲.xlsx"), bundle_of("浙江/乙.xlsx")
    ('浙江.zip', '浙江/乙.xlsx')
    """
    return file.split(INSIDE, 1)[0]


def is_bundle(path: Path) -> bool:
    """May this file be a bundle, by how it begins?"""
    return bool(kind_of_bundle(path))


def _found(bundle: Found, member: Member) -> Found:
    file = f"{bundle.file}{INSIDE}{member.name}"
    return Found(member.path or bundle.path, file, member.evidence, member.fault, member.sha256, unpacked=True)


def _open(limits: Limits, task: tuple[Path, Path]) -> list[Member] | str | None:
    """The members of one bundle; why it cannot be opened; None for a file that is no bundle after all."""
    bundle, folder = task
    try:
        if bundle.stat().st_size > limits.file_bytes:
            size = limits.file_bytes >> 20
            raise Refused(f"压缩包超过 {size} MB。请把佐证材料另行报送，报告表单独打包")
        return list(Unpacking(folder, limits).members(bundle, 1)) or EMPTY
    except NoBundle:
        return None
    except Refused as fault:
        return str(fault)
    except MemoryError:
        return f"打开压缩包所需内存超过限额，内容异常。{SEND_APART}"
    except OSError as fault:
        return f"压缩包无法打开（{fault.strerror or type(fault).__name__}）"
