"""Chinese translations of the command line's messages, for systems in Chinese: help texts and usage errors.

typer and click have only English messages.
"""

import os
import re

from ecanalysis.style import wide

# Pattern of an English message -> Chinese; the first that matches is used.
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
    (r"Invalid value for '(.+?)': \w+ '(.+)' does not exist\.", r"\1：没有文件或文件夹 \2"),
    (r"Invalid value for '(.+?)': \w+ '(.+)' is a directory\.", r"\1：\2 是文件夹，应为文件"),
    (r"Invalid value for '(.+?)': \w+ '(.+)' is a file\.", r"\1：\2 是文件，应为文件夹"),
    (r"Invalid value for '(.+?)': \w+ '(.+)' is not (?:readable|writable)\.", r"\1：没有读写 \2 的权限"),
    (r"Invalid value for '(.+?)': .*valid integer.*", r"\1：应为整数"),
    (r"Invalid value for '(.+?)': Input should be (greater|less) than or equal to (\d+)", r"\1：超出范围，界限为 \3"),
    (r"Invalid value for '(.+?)': (.+) is not in the range (.+)\.", r"\1：\2 超出范围 \3"),
    (r"Invalid value for '(.+?)': (.*)", r"\1 的值不对：\2"),
]
# The words that typer adds to a help text.
HELP = [
    ("Usage: ", "用法："),
    ("[OPTIONS]", "[选项]"),
    ("COMMAND [ARGS]...", "命令 …"),
    ("}...", "}"),
    ("\nArguments:\n", "\n参数：\n"),
    ("\nOptions:\n", "\n选项：\n"),
    ("\nCommands:\n", "\n命令：\n"),
    ("Show this message and exit.", "显示本说明"),
    ("required]", "必填]"),
    ("[default: ", "[默认："),
]
KINDS = {
    "file": "文件",
    "dir": "文件夹",
    "path": "路径",
    "Path": "路径",
    "int range": "整数",
    "int": "整数",
    "str": "文字",
}


def is_chinese() -> bool:
    """Whether the system's language is Chinese (the first of LC_ALL, LC_MESSAGES, LANG that is set)."""
    named = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return named.lower().startswith("zh")


def in_chinese(message: str) -> str:
    """A message in Chinese; unknown messages are returned unchanged.

    >>> in_chinese("No such command 'scor'. Did you mean 'score'?"), in_chinese("Missing argument 'ROUND'.")
    ('没有命令 scor；最接近的是 score', '缺少参数 ROUND')
    >>> in_chinese("No such command 'x'.")
    '没有命令 x'
    """
    for pattern, said in MESSAGES:
        if found := re.fullmatch(pattern, message.strip(), re.DOTALL):
            return found.expand(said).removesuffix("；最接近的是 ")
    return message


def help_in_chinese(text: str) -> str:
    """A help text with typer's own words in Chinese, and its columns aligned as before.

    >>> print(help_in_chinese("Usage: ecanalysis lab [OPTIONS] [DIR]\\n\\nOptions:\\n  --port <int range>  端口"))
    用法：ecanalysis lab [选项] [DIR]
    <BLANKLINE>
    选项：
      --port <整数>       端口
    """
    for written, said in HELP:
        text = text.replace(written, said)
    return re.sub(r"<(?:list\[)?([\w ]+)\]?> *", _kind, text)


def _kind(found: re.Match) -> str:
    said = f"<{KINDS.get(found[1], found[1])}>"
    return said + " " * max(1, int(len(found[0]) - 2 * wide(said)))
