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
    """Of each package here, those that it depends on; where it has a choice, the one that apt makes."""
    depends = {}
    for line in said_by("dpkg-query", "-W", "-f", "${Package}|${Depends}, ${Pre-Depends}\\n").splitlines():
        package, _, others = line.partition("|")
        depends[package] = {name for each in others.split(",") if (name := re.sub(r"[ (:|].*", "", each.strip()))}
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


# A release has these within itself (cmake/static_rpc.cmake), and names what they name.
LINKED_IN = re.compile(r"lib(absl_|address_sorting|gpr|grpc|protobuf|upb)")


def libraries_of(programs):
    """The sonames that the programs name, each with the packages that have it."""
    owners, linked_in, files = {}, set(), list(programs)
    while files:
        names = set(re.findall(r"\(NEEDED\).*\[(.*)\]", said_by("readelf", "-d", *files))) - linked_in - set(owners)
        files = []
        for line in said_by("dpkg-query", "-S", *(f"*/{name}" for name in names)).splitlines() if names else ():
            package, _, path = line.partition(": ")
            name = path.rpartition("/")[2]
            if LINKED_IN.match(name):
                linked_in.add(name)
                files.append(path)
            else:
                owners.setdefault(name, set()).add(package.partition(":")[0])
    return owners


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", nargs="+")
    args = parser.parse_args()
    dockerfile = (sources.ROOT / "Dockerfile").read_text(encoding="utf-8")
    packages = with_dependencies(installed_by(dockerfile), dependencies())
    wrong = missing(libraries_of(args.programs), packages)
    for name, owners in wrong:
        print(f"Dockerfile: the programs need {name}: install {' or '.join(owners)}")
    if not wrong:
        print("the image has every library that the programs name")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
