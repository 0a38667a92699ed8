#!/usr/bin/python3
"""Dependencies point inward: server -> adapters -> engine. Reads every #include of ours and says which
one points elsewhere. Compilers do not: system headers let any include compile.

The tables below are the whole rule. A new adapter states its outside technology in ADAPTERS.
"""

import argparse
import re
import sys

import sources

# What a header belongs to, by the shape of its name. The first match counts.
OUTSIDE = (
    ("std", r"[a-z_0-9]+"),
    ("absl", r"absl/.+"),
    ("proto", r"latchkey/v\d+/.+\.pb\.h"),
    ("client", r"latchkey/client\.h"),
    ("grpc", r"(grpcpp|grpc)/.+"),
    ("protobuf", r"google/(protobuf|rpc)/.+"),
    ("hiredis", r"hiredis/.+"),
    ("event", r"event2/.+"),
    ("envoy", r"envoy/.+\.pb\.h"),
    ("openssl", r"openssl/.+"),
    ("sqlite", r"sqlite3\.h"),
    ("curl", r"curl/.+"),
    ("sodium", r"sodium(\.h|/.+)"),
    ("yaml", r"yaml-cpp/.+"),
    ("json", r"nlohmann/.+"),
    ("prometheus", r"prometheus/.+"),
    ("spdlog", r"spdlog/.+"),
    ("cli11", r"CLI/.+"),
    ("test", r"(gtest|gmock|benchmark)/.+"),
    ("posix", r"((sys|net|netinet|arpa|linux|sanitizer)/.+|[a-z]+\.h)"),
)

# The one outside technology (with what it needs to be spoken to) of each adapter, besides std, absl
# and the operating system.
ADAPTERS = {
    "grpc": {"grpc", "protobuf", "proto", "openssl"},
    "clients": {"grpc", "protobuf", "proto", "client"},
    "redis": {"hiredis", "openssl"},
    "memory": set(),
    "messages": {"openssl", "json"},
    "recording_file": set(),
    "sodium": {"sodium", "openssl"},
    "sqlite": {"sqlite"},
    "policy_file": {"yaml"},
    "scenario_file": {"yaml"},
    "metrics": {"prometheus"},
    "log": {"spdlog", "json"},
    "system": set(),
    "webhook": {"curl", "json"},
    "siem": {"json"},
}

# What others build without the rest of this repository.
STANDING_ALONE = {"adapters/clients"}

# Standard headers that reach outside the process: what the engine may not touch.
ENGINE_STD_BANNED = {"filesystem", "fstream", "iostream", "thread"}
# inet_pton and inet_ntop: text to bytes and back, without touching a network.
ENGINE_POSIX_ALLOWED = {"arpa/inet.h"}
REAL_CLOCK = re.compile(r"\b(system|steady|high_resolution)_clock::now\b|\babsl::Now\b")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
OURS = ("engine/", "adapters/", "server/", "cli/", "load-tests/", "tests/")


def kind_of(header):
    for kind, pattern in OUTSIDE:
        if re.fullmatch(pattern, header):
            return kind
    return None


def part_of(path):
    """'engine', 'adapters/redis', 'server', 'cli', 'load-tests' or 'tests'."""
    pieces = path.split("/")
    return "/".join(pieces[:2]) if pieces[0] == "adapters" and len(pieces) > 2 else pieces[0]


def wrong_ours(part, header):
    """Why `part` may not include `header` of ours, or nothing."""
    target = part_of(header)
    if part == "tests" or target == part:
        return None
    if target == "tests":
        return "only tests include tests"
    if part in STANDING_ALONE:
        return f"{part} stands alone: who uses it has nothing else of ours"
    if target in ("server", "cli", "load-tests"):
        return f"nobody includes {target}/"
    if part == "engine":
        return "the engine includes only std, absl and itself"
    if part.startswith("adapters/") and target.startswith("adapters/"):
        return "adapters do not know one another: share a port in engine/"
    return None


def wrong_outside(part, header):
    """Why `part` may not include the outside `header`, or nothing."""
    kind = kind_of(header)
    if part == "engine":
        if kind not in ("std", "absl") and header not in ENGINE_POSIX_ALLOWED:
            return "the engine includes only std, absl and itself"
        if header in ENGINE_STD_BANNED:
            return "the engine touches no file or terminal and starts no thread"
        return None
    if part.startswith("adapters/"):
        name = part.split("/")[1]
        if name not in ADAPTERS:
            return f"state the outside technology of adapters/{name} in tools/check_layers.py"
        if kind not in ADAPTERS[name] | {"std", "absl", "posix"}:
            return f"adapters/{name} knows only: {', '.join(sorted(ADAPTERS[name])) or 'the system'}"
        return None
    if kind == "test" and part != "tests":
        return "only tests include test libraries"
    return None


def check_text(path, text):
    """Yields (line number, complaint) for the file `path` (relative to the root) with this text."""
    part = part_of(path)
    for number, line in enumerate(text.splitlines(), start=1):
        if part == "engine" and REAL_CLOCK.search(line.split("//")[0]):
            yield number, "the engine has no real clock: take `now` as an argument"
        found = INCLUDE.match(line)
        if not found:
            continue
        quote, header = found.groups()
        if header.startswith(OURS):
            why = wrong_ours(part, header) if quote == '"' else 'ours are included with "quotes"'
        elif quote == '"' and kind_of(header) in (None, "posix", "std"):
            why = "includes are written from the root of the repository"
        else:
            why = wrong_outside(part, header)
        if why:
            yield number, f"{found.group(0).strip()}: {why}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", default=sources.ROOT, type=type(sources.ROOT))
    root = parser.parse_args().root
    files = sources.cpp_files(root)
    complaints = [
        f"{path}:{number}: {why}"
        for path in files
        for number, why in check_text(str(path), (root / path).read_text(encoding="utf-8"))
    ]
    print("\n".join(complaints) or f"{len(files)} files: every include points inward")
    return 1 if complaints or not files else 0


if __name__ == "__main__":
    sys.exit(main())
