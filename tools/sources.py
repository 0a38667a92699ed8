"""The files of this repository that its checks look at."""

import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
CPP_FOLDERS = ("engine", "adapters", "server", "cli", "load-tests", "examples", "tests")
SKIPPED_FOLDERS = {"build", "node_modules", "__pycache__"}


def walk(root, suffixes, folders=(".",)):
    """Yields paths relative to `root`, sorted, of files that end in one of `suffixes`."""
    root = pathlib.Path(root)
    for folder in folders:
        for where, names, files in os.walk(root / folder):
            names[:] = sorted(n for n in names if n not in SKIPPED_FOLDERS and not n.startswith("."))
            for file in sorted(files):
                if file.endswith(suffixes):
                    yield (pathlib.Path(where) / file).relative_to(root)


def cpp_files(root=ROOT):
    return list(walk(root, (".cc", ".h"), CPP_FOLDERS))
