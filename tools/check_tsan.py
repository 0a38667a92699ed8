#!/usr/bin/python3
"""Reads ThreadSanitizer's reports and fails on those that are about code of ours.

Debian's gRPC and protobuf are not instrumented, so TSan misses their locks and reports races that are none.
Suppressing by library would silence real ones too (any frame of a stack matches). So a report counts when
the innermost frame of one of its stacks is in our namespace; frames of the standard library and of the
sanitizer itself are looked through, since a race on a vector of ours shows as one inside std::vector.
"""

import argparse
import pathlib
import re
import sys

FRAME = re.compile(r"^\s+#(\d+) (.+)$")
OURS = re.compile(r"\blatchkey::(?!v\d+::)")
LOOKED_THROUGH = re.compile(
    r"^(std::|__gnu_cxx::|void std::|bool std::|operator (new|delete)|__tsan|__interceptor|mem(cpy|move|set|cmp)\b"
    r"|malloc|free\b|calloc|realloc|pthread_)")


def reports_in(text):
    """Each report, from its WARNING line to its SUMMARY line."""
    return re.findall(r"^WARNING: ThreadSanitizer:.*?^SUMMARY: ThreadSanitizer:[^\n]*", text, re.MULTILINE | re.DOTALL)


def stacks_of(report):
    """The stacks of the accesses (or locks) that conflict; not those that say where memory or threads came from."""
    stacks, wanted = [], True
    for line in report.splitlines():
        frame = FRAME.match(line)
        if frame and frame.group(1) == "0":
            if wanted:
                stacks.append([])
        elif not frame and line.strip():
            wanted = not re.search(r"Location is|created (by|at)|allocated by|is not released|SUMMARY", line)
        if frame and wanted and stacks:
            stacks[-1].append(frame.group(2))
    return stacks


def is_ours(report):
    """Whether code of ours is what one of the conflicting stacks was doing."""
    for stack in stacks_of(report):
        inner = next((frame for frame in stack if not LOOKED_THROUGH.match(frame)), "")
        if OURS.search(inner.split(" /", 1)[0]):
            return True
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path, help="where log_path put the reports")
    folder = parser.parse_args().folder
    if not folder.is_dir():
        sys.exit(f"{folder}: no such folder, so nothing was checked")
    reports = [r for file in sorted(folder.iterdir()) for r in reports_in(file.read_text(errors="replace"))]
    ours = [report for report in reports if is_ours(report)]
    print("\n\n".join(ours))
    print(f"ThreadSanitizer: {len(ours)} reports about our code, {len(reports) - len(ours)} inside libraries without it")
    return 1 if ours else 0


if __name__ == "__main__":
    sys.exit(main())
