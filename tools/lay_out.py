#!/usr/bin/python3
"""Lays programs out by how they are used (BOLT): code that runs comes first, in the order in which it runs.

Each program is rewritten to count its branches, measured once by latchkey-load, and written to the folder --to as these
counts want it, with its symbols and without debug information. The programs have to be linked with --emit-relocs; what is
made must not be stripped, which breaks it."""

import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

BOLT = "llvm-bolt-16"
MERGE = "merge-fdata-16"
# Where Debian has it, as BOLT looks for it below its own /usr/lib.
RUNTIME = "llvm-16/lib/libbolt_rt_instr.a"

LAYOUT = ["-reorder-blocks=ext-tsp", "-reorder-functions=hfsort", "-split-functions", "-split-all-cold", "-split-eh",
          "-icf=1"]


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"lay_out.py: {command[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def plain(program, folder):
    without_debug = folder / f"{program.name}.plain"
    run("strip", "--strip-debug", program, "-o", without_debug)
    return without_debug


def counting(program, counted):
    """Every process that runs what is made writes a file of its own beside it when it ends."""
    run(BOLT, program, "-o", counted, "-instrument", f"--runtime-instrumentation-lib={RUNTIME}",
        f"--instrumentation-file={counted}.profile", "--instrumentation-file-append-pid")


def lay_out(program, counted, made):
    profiles = sorted(counted.parent.glob(f"{counted.name}.profile.*"))
    if not profiles:
        sys.exit(f"lay_out.py: {counted.name} was measured and has counted nothing")
    merged = counted.with_suffix(".fdata")
    merged.write_text(run(MERGE, *profiles), encoding="utf-8")
    run(BOLT, program, "-o", made, f"-data={merged}", *LAYOUT)
    # A program that cannot even start is not put in place.
    run(made, "--help")


def put(made, place):
    new = place.with_name(f".{place.name}.new")
    shutil.copy(made, new)
    new.chmod(0o755)
    new.replace(place)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--load", type=pathlib.Path, required=True, help="latchkey-load")
    parser.add_argument("--to", type=pathlib.Path, required=True, help="the folder for what is made")
    parser.add_argument("--latchkeyd", type=pathlib.Path, required=True)
    parser.add_argument("--floor", type=pathlib.Path, required=True)
    args = parser.parse_args()
    for tool in (BOLT, MERGE, "redis-server"):
        if shutil.which(tool) is None:
            sys.exit(f"lay_out.py: {tool} is not installed (its package is in packages.txt)")
    with tempfile.TemporaryDirectory(prefix="latchkey-layout-") as temporary:
        folder = pathlib.Path(temporary)
        programs = {program.name: plain(program, folder) for program in (args.latchkeyd, args.floor)}
        for name, program in programs.items():
            counting(program, folder / name)
        run(args.load, "--compare", "--no-peers", "--rounds", "1", "--seconds", "1", "--warm-up", "0.2", "--output", "json",
            "--latchkeyd", folder / args.latchkeyd.name, "--floor", folder / args.floor.name)
        args.to.mkdir(parents=True, exist_ok=True)
        for name, program in programs.items():
            made = folder / f"{name}.made"
            lay_out(program, folder / name, made)
            put(made, args.to / name)


if __name__ == "__main__":
    main()
