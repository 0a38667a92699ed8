#!/usr/bin/python3
"""Every C++ file is as clang-format-14 would write it. `--fix` rewrites those that are not."""

import argparse
import shutil
import subprocess
import sys

import sources


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fix", action="store_true", help="rewrite instead of complaining")
    mode = ["-i"] if parser.parse_args().fix else ["--dry-run", "-Werror", "--ferror-limit=3"]
    tool = shutil.which("clang-format-14")
    if not tool:
        sys.exit("clang-format-14 is not installed (it is in packages.txt)")
    files = [str(path) for path in sources.cpp_files()]
    if not files:
        sys.exit("no C++ files found: wrong folder?")
    result = subprocess.run([tool, "--style=file", *mode, *files], cwd=sources.ROOT, check=False)
    if result.returncode == 0:
        print(f"{len(files)} files are formatted")
    else:
        print("`./dev format` mends this", file=sys.stderr)
    return result.returncode


if __name__ == "__main__":
    sys.exit(main())
