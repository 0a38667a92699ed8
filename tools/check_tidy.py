#!/usr/bin/python3
"""clang-tidy over the files of the build, several at a time.

By default the quick checks over what ships (tests/ are linted by `--full`, as are the slow checks and the
static analyser); always what clang, not gcc, knows about locks. A file that was clean is not read again until
it, a header of ours that it includes, the settings or the tool change (remembered.py).
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys

import remembered
import sources

QUICK = ",".join((
    "-*", "bugprone-use-after-move", "bugprone-dangling-handle", "bugprone-unused-raii", "bugprone-sizeof-expression",
    "bugprone-string-constructor", "bugprone-infinite-loop",
    "bugprone-branch-clone", "bugprone-unused-return-value", "performance-for-range-copy", "performance-move-const-arg",
    "performance-unnecessary-copy-initialization",
    "modernize-use-override", "google-explicit-constructor", "google-build-using-namespace",
))

LOCKS = "clang-diagnostic-thread-safety*"


def translation_units(build_dir, folders):
    """(path relative to the root, compile command) of ours, without generated files."""
    for entry in json.loads((build_dir / "compile_commands.json").read_text(encoding="utf-8")):
        file = pathlib.Path(entry["directory"], entry["file"]).resolve()
        if sources.ROOT in file.parents and build_dir not in file.parents:
            path = file.relative_to(sources.ROOT)
            if path.parts[0] in folders:
                yield str(path), entry["command"]


def tidy(tool, build_dir, path, checks):
    """What clang-tidy complains about; empty when the file is clean."""
    command = [tool, "-p", str(build_dir), "--quiet", "--extra-arg=-Wno-everything", "--extra-arg=-Wthread-safety",
               "--checks=" + ",".join(filter(None, (checks, LOCKS))), str(sources.ROOT / path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if result.returncode == 0 else result.stdout + result.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build-dir", required=True, type=lambda p: pathlib.Path(p).resolve())
    parser.add_argument("--full", action="store_true", help="every check of .clang-tidy, tests included")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    tool = shutil.which("clang-tidy-14")
    if not tool:
        sys.exit("clang-tidy-14 is not installed (it is in packages.txt)")

    checks = "" if options.full else QUICK
    folders = sources.CPP_FOLDERS if options.full else tuple(f for f in sources.CPP_FOLDERS if f != "tests")
    version = subprocess.run([tool, "--version"], capture_output=True, check=True).stdout
    salt = version + checks.encode() + (sources.ROOT / ".clang-tidy").read_bytes()
    units = dict(translation_units(options.build_dir, folders))
    if not units:
        sys.exit("no files of ours in compile_commands.json: wrong build folder?")

    clean = remembered.Clean("tidy", salt)
    waiting = [path for path, command in units.items() if not clean.knows(path, command)]
    dirty = 0
    with concurrent.futures.ThreadPoolExecutor(max(1, options.jobs)) as pool:
        work = {pool.submit(tidy, tool, options.build_dir, path, checks): path for path in waiting}
        for done, future in enumerate(concurrent.futures.as_completed(work), start=1):
            path, complaint = work[future], future.result()
            print(f"[{done}/{len(waiting)}] {path}", flush=True)
            if complaint:
                dirty += 1
                print(complaint, flush=True)
            else:
                clean.remember(path, units[path])
    print(f"{len(units)} files, {len(waiting)} read now, {dirty} with complaints")
    return 1 if dirty else 0


if __name__ == "__main__":
    sys.exit(main())
