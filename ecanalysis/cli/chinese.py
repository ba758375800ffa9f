"""The command line's own messages in Chinese, for those whose system is: what is wrong with what was typed.

typer and the click inside it write them in English and translate nothing; `in_chinese` says the same in Chinese.
"""

import os
import re

# What they write -> what is said; in this order, the first that fits.
MESSAGES = [
    (r"Missing argument '(.+)'\.?.*", r"缺少参数 \1"),
    (r"Missing option '(.+)'\.?.*", r"缺少选项 \1"),
    (r"Missing command\.?", "缺少命令"),
    (r"No such option: (\S+) \(Possible options: (.+)\)", r"没有选项 \1；最接近的是 \2"),
    (r"No such option:? '?([^'. ]+)'?\.?(?: Did you mean '?([^'?]+)'?\?)?.*", r"没有选项 \1；最接近的是 \2"),
    (r"No such command '(.+?)'\.(?: Did you mean '(.+)'\?)?.*", r"没有命令 \1；最接近的是 \2"),
    (r"Got unexpected extra arguments?(?:\(s\))? \((.+)\)", r"多出 \1；选项的值应紧跟选项，名称=值 之间不留空格"),
    (r"Option '(.+?)' requires (?:an argument|.+)\.?", r"选项 \1 后应有值"),
    (r"Option '(.+?)' does not take a value\.?", r"选项 \1 不带值"),
    (r"Invalid value for '(.+?)': (?:file|directory|path) '(.+)' does not exist\.", r"\1：没有文件或文件夹 \2"),
    (r"Invalid value for '(.+?)': (?:file|path) '(.+)' is a directory\.", r"\1：\2 是文件夹，应为文件"),
    (r"Invalid value for '(.+?)': (?:directory|path) '(.+)' is a file\.", r"\1：\2 是文件，应为文件夹"),
    (r"Invalid value for '(.+?)': .*valid integer.*", r"\1：应为整数"),
    (r"Invalid value for '(.+?)': Input should be (greater|less) than or equal to (\d+)", r"\1：超出范围，界限为 \3"),
    (r"Invalid value for '(.+?)': (.+) is not in the range (.+)\.", r"\1：\2 超出范围 \3"),
    (r"Invalid value for '(.+?)': (.*)", r"\1 的值不对：\2"),
]


def is_chinese() -> bool:
    """Whether the system speaks Chinese (LC_ALL, LC_MESSAGES, LANG: the first that is set)."""
    named = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return named.lower().startswith("zh")


def in_chinese(message: str) -> str:
    """A message in Chinese; one that is not known as it is.

    >>> in_chinese("No such command 'scor'. Did you mean 'score'?"), in_chinese("Missing argument 'ROUND'.")
    ('没有命令 scor；最接近的是 score', '缺少参数 ROUND')
    >>> in_chinese("No such command 'x'.")
    '没有命令 x'
    """
    for pattern, said in MESSAGES:
        if found := re.fullmatch(pattern, message.strip(), re.DOTALL):
            return found.expand(said).removesuffix("；最接近的是 ")
    return message
