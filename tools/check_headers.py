#!/usr/bin/python3
"""Every header compiles alone.

Where a .cc of the same name includes its header first, the build has proved it already, so that order is
what is checked; headers without a .cc are compiled by themselves with the flags of a neighbour. Headers of
tests are left out: every one of them is included by a test of its own folder.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

import remembered
import sources

FIRST_INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)


def flags_of(command):
    """The compiler and the flags of a compile command that decide what a header means."""
    words = shlex.split(command)
    start = next(i for i, word in enumerate(words) if re.search(r"(\+\+|g\+\+|c\+\+)(-\d+)?$", word))
    kept, skip = [words[start]], False
    for word in words[start + 1:]:
        if skip:
            skip = False
        elif word in ("-o", "-c", "-MF", "-MT", "-MQ"):
            skip = True
        elif word not in ("-MD", "-MMD") and not word.startswith(("-fsanitize", "-O")):
            kept.append(word)
    return kept


def nearest_flags(header, commands):
    """The flags of the translation unit whose folder is nearest to that of `header`."""
    def nearness(path):
        return len(os.path.commonpath([path.parent, header.parent]).split("/")) if path.parts else 0
    return flags_of(commands[max(sorted(commands), key=nearness)])


def compiles(header, flags):
    """What the compiler says about a file that includes `header` and nothing else."""
    result = subprocess.run([*flags, f"-I{sources.ROOT}", "-fsyntax-only", "-x", "c++", "-"],
                            input=f'#include "{header}"\n', capture_output=True, text=True, check=False)
    return "" if result.returncode == 0 else result.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build-dir", required=True, type=lambda p: pathlib.Path(p).resolve())
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    commands = {}
    for entry in json.loads((options.build_dir / "compile_commands.json").read_text(encoding="utf-8")):
        file = pathlib.Path(entry["file"])
        if sources.ROOT in file.parents and options.build_dir not in file.parents:
            commands[file.relative_to(sources.ROOT)] = entry["command"]

    complaints, alone = [], {}
    headers = [path for path in sources.cpp_files() if path.suffix == ".h" and path.parts[0] != "tests"]
    clean = remembered.Clean("headers", b"1")
    for header in headers:
        source = header.with_suffix(".cc")
        if source in commands:
            first = FIRST_INCLUDE.search((sources.ROOT / source).read_text(encoding="utf-8"))
            if not first or first.group(1) != str(header):
                complaints.append(f"{source}: includes its own header first")
            continue
        flags = nearest_flags(header, commands)
        if not clean.knows(str(header), " ".join(flags)):
            alone[header] = flags
    with concurrent.futures.ThreadPoolExecutor(max(1, options.jobs)) as pool:
        for (header, flags), error in zip(alone.items(), pool.map(compiles, alone.keys(), alone.values())):
            if error:
                complaints.append(f"{header}: does not compile alone\n{error}")
            else:
                clean.remember(str(header), " ".join(flags))
    print("\n".join(complaints) or f"{len(headers)} headers compile alone ({len(alone)} tried now)")
    return 1 if complaints or not headers else 0


if __name__ == "__main__":
    sys.exit(main())
