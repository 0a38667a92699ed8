#!/usr/bin/python3
"""Habits that a text search can hold us to: header comments, small files, no unfinished work, no machine's paths."""

import re
import subprocess
import sys

import sources

LINES_MAX = 450
CODE = (".cc", ".h", ".py", ".lua", ".proto", ".cmake", ".sh")
TEXT = CODE + (".md", ".txt", ".yaml", ".yml", ".json", ".toml", "Dockerfile", "dev")
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
MACHINE_PATH = re.compile(r"(?<![\w.}-])/(work|root)/|/home/\w+/")


def first_line(text):
    return text.split("\n", 1)[0]


def headings(text):
    """The H1 lines of a Markdown text, outside fenced code."""
    fenced = False
    for line in text.splitlines():
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        elif not fenced and re.match(r"# \S", line):
            yield line


def check_text(path, text):
    """Yields (line number, complaint)."""
    lines = text.splitlines()
    if path.endswith(".h"):
        if not first_line(text).startswith("// "):
            yield 1, "a header begins with a comment that says what it is"
        if "#pragma once" not in lines:
            yield 1, "a header has #pragma once"
    if path.endswith(".proto") and not first_line(text).startswith("// "):
        yield 1, "a proto file begins with a comment that says what it is"
    if path.endswith(CODE) and len(lines) > LINES_MAX:
        yield len(lines), f"{len(lines)} lines, above {LINES_MAX}: two files with better names read easier"
    if path.endswith(".md") and len(list(headings(text))) != 1:
        yield 1, "a Markdown file has exactly one H1"
    if text and not text.endswith("\n"):
        yield len(lines), "no newline at the end"
    for number, line in enumerate(lines, start=1):
        if line != line.rstrip():
            yield number, "trailing whitespace"
        if "\t" in line and path.endswith(CODE):
            yield number, "a tab"
        if UNFINISHED.search(line):
            yield number, "unfinished work: finish it, or file it as an issue"
        if MACHINE_PATH.search(line):
            yield number, "a path of one machine"


def ours():
    """What git tracks or would track; everything in the folder where there is no git (a release archive)."""
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=sources.ROOT,
                            capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        return [p for p in listed.stdout.splitlines() if p.endswith(TEXT) and (sources.ROOT / p).is_file()]
    return [str(p) for p in sources.walk(sources.ROOT, TEXT)]


def main():
    paths = ours()
    complaints = [
        f"{path}:{number}: {why}"
        for path in paths
        for number, why in check_text(path, (sources.ROOT / path).read_text(encoding="utf-8"))
    ]
    print("\n".join(complaints) or f"{len(paths)} files keep the habits")
    return 1 if complaints or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
