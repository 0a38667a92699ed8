#!/usr/bin/python3
"""The image of ./Dockerfile has every shared library that these programs name: of a package that it installs, or
of one that such a package depends on."""

import argparse
import re
import subprocess
import sys

import sources


def said_by(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def installed_by(dockerfile):
    """The packages of the last stage, which is the image."""
    stage = dockerfile.replace("\\\n", " ").split("\nFROM ")[-1]
    packages = re.search(r"apt-get install ([^&]*)&&", stage)
    return {word for word in packages.group(1).split() if not word.startswith("-")} if packages else set()


def dependencies():
    """Of each package here, those that it depends on."""
    depends = {}
    for line in said_by("dpkg-query", "-W", "-f", "${Package}|${Depends}, ${Pre-Depends}\\n").splitlines():
        package, _, others = line.partition("|")
        depends[package] = {name for each in re.split(r"[,|]", others)
                            if (name := re.sub(r"[ (:].*", "", each.strip()))}
    return depends


def with_dependencies(packages, depends):
    found, left = set(), list(packages)
    while left:
        package = left.pop()
        if package not in found:
            found.add(package)
            left += depends.get(package, ())
    return found


def missing(libraries, packages):
    """(library, packages that have it) of those in none of the packages. `libraries`: by their sonames."""
    return sorted((name, sorted(owners)) for name, owners in libraries.items() if not owners & packages)


def libraries_of(program):
    """The sonames that a program names, each with the packages that have it."""
    names = re.findall(r"\(NEEDED\).*\[(.*)\]", said_by("readelf", "-d", program))
    return {name: {line.partition(":")[0] for line in said_by("dpkg-query", "-S", f"*/{name}").splitlines()}
            for name in names}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", nargs="+")
    args = parser.parse_args()
    dockerfile = (sources.ROOT / "Dockerfile").read_text(encoding="utf-8")
    packages = with_dependencies(installed_by(dockerfile), dependencies())
    wrong = False
    for program in args.programs:
        for name, owners in missing(libraries_of(program), packages):
            print(f"Dockerfile: {program} needs {name}: install {' or '.join(owners)}")
            wrong = True
    if not wrong:
        print("the image has every library that the programs name")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
