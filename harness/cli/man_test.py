#!/usr/bin/env python3
"""The man page against the program: every flag that a command's help names is in it, and it names no other."""

import re
import subprocess
import sys

EVERYWHERE = {"--help", "--version"}


def flags_of(text):
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*|(?<![\w-])-p(?=[ \"])", text))


def said_by(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main(program, page):
    with open(page, encoding="utf-8") as file:
        text = file.read().replace("\\-", "-")
    commands = re.findall(r"^  ([a-z]+)  ", said_by(program, "help"), re.MULTILINE)
    assert {"list", "run", "plot", "doctor", "demo"} <= set(commands), commands
    in_help = set()
    for command in commands:
        assert re.search(rf"^\.B (dyno )?{command}\b", text, re.MULTILINE), f"the man page has no word of {command}"
        in_help |= flags_of(said_by(program, "help", command))
    in_page = flags_of(text)
    assert not in_help - in_page - EVERYWHERE, f"not in the man page: {in_help - in_page}"
    assert not in_page - in_help - EVERYWHERE, f"only in the man page: {in_page - in_help}"


main(*sys.argv[1:])
