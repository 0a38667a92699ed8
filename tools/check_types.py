#!/usr/bin/python3
"""No type has two definitions: two in one program are undefined behaviour that no compiler reports (one definition
rule). Types of an unnamed namespace are their file's own.

Reads the source as the formatter lays it out: namespaces and their types begin a line, nested types do not.
"""

import argparse
import re
import sys

import sources

OPEN = re.compile(r"^(?:inline )?namespace\s*([\w:]*)\s*\{")
CLOSE = re.compile(r"^\}  // namespace")
TYPE = re.compile(r"^(?:template <.*>\s*)?(?:struct|class|union|enum class|enum)\s+(?:ABSL_\w+\s+)?(\w+)(?![\w:])[^;(]*\{")


def types_of(text):
    """(line number, qualified name) of each type that is defined for all to see."""
    inside = []
    for number, line in enumerate(text.splitlines(), 1):
        if opened := OPEN.match(line):
            inside.append(opened[1])
        elif CLOSE.match(line) and inside:
            inside.pop()
        elif (found := TYPE.match(line)) and inside and "" not in inside:
            yield number, "::".join([*inside, found[1]])


def check(files):
    """What is wrong with {path: text}, a sentence each."""
    seen, problems = {}, []
    for path, text in sorted(files.items()):
        for number, name in types_of(text):
            if name in seen:
                problems.append(f"{path}:{number}: {name} is defined in {seen[name]} too: give one another name")
            else:
                seen[name] = f"{path}:{number}"
    return problems, len(seen)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.parse_args()
    files = {str(path): (sources.ROOT / path).read_text() for path in sources.cpp_files()
             if path.parts[0] not in {"tests", "examples"}}
    problems, types = check(files)
    for problem in problems:
        print(problem)
    print(f"{types} types, {'each' if not problems else 'not each'} defined once")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
