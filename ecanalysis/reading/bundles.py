"""Bundles (.zip, .7z, .rar) -> the files inside, each with its own address: `浙江.zip!/杭州.xlsx`.

A bundle is recognised by its content. It is unpacked into a private folder of this run, which is deleted at the end;
names inside a bundle are never used as paths. In the ledger, an opened bundle is replaced by its members; a bundle that
cannot be opened, and each refused member, has a row with the fault.
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
    """The found files, with every bundle replaced by its members, unpacked into `folder`."""
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
    """The name of the received file that a file in the tables belongs to: its outermost bundle, or itself.

    >>> bundle_of("浙江.zip!/杭州.zip!/甲.xlsx"), bundle_of("浙江/乙.xlsx")
    ('浙江.zip', '浙江/乙.xlsx')
    """
    return file.split(INSIDE, 1)[0]


def is_bundle(path: Path) -> bool:
    """Whether the first bytes of a file are those of a bundle."""
    return bool(kind_of_bundle(path))


def _found(bundle: Found, member: Member) -> Found:
    file = f"{bundle.file}{INSIDE}{member.name}"
    return Found(member.path or bundle.path, file, member.evidence, member.fault, member.sha256, unpacked=True)


def _open(limits: Limits, task: tuple[Path, Path]) -> list[Member] | str | None:
    """The members of a bundle, or why it cannot be opened (Chinese); None if it is not a bundle after all."""
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
