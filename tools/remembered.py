"""What was found clean, so that it is not looked at again until it, or something it includes, changes.

As with ccache, what one folder has found serves every other one of this machine: marks are kept in
$XDG_CACHE_HOME/latchkey (~/.cache/latchkey). Removing it only costs time.
"""

import functools
import hashlib
import os
import pathlib
import re

import sources

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)


@functools.lru_cache(maxsize=None)
def read(path):
    """The text of `path`, what it includes of ours, and whether it includes generated code."""
    text = (sources.ROOT / path).read_text(encoding="utf-8")
    names = INCLUDE.findall(text)
    ours = tuple(name for name in names if (sources.ROOT / name).is_file())
    generated = any(name.endswith(".pb.h") for name in names)
    return text, ours, generated


def closure(path):
    """`path` and every file of ours that it includes, directly or not; whether generated code is among it."""
    seen, waiting, generated = set(), [path], False
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        _, ours, pb = read(current)
        generated = generated or pb
        waiting.extend(ours)
    return sorted(seen), generated


@functools.lru_cache(maxsize=None)
def contract():
    """The bytes of proto/, which generated headers are made of."""
    return b"".join((sources.ROOT / path).read_bytes() for path in sources.walk(sources.ROOT, (".proto",), ("proto",)))


class Clean:
    """Marks, each named after a hash of a file, all that it includes of ours, and how it was checked."""

    def __init__(self, name, salt):
        """`name`: of the check. `salt`: the settings and the version of the tool that checks."""
        cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
        self._folder = cache / "latchkey" / name
        self._folder.mkdir(parents=True, exist_ok=True)
        self._salt = salt

    def _mark(self, path, command):
        digest = hashlib.sha256(self._salt)
        digest.update(command.replace(str(sources.ROOT), ".").encode())
        files, generated = closure(path)
        for file in files:
            digest.update(f"\0{file}\0{read(file)[0]}".encode())
        if generated:
            digest.update(contract())
        return self._folder / digest.hexdigest()

    def knows(self, path, command):
        return self._mark(path, command).exists()

    def remember(self, path, command):
        self._mark(path, command).touch()
