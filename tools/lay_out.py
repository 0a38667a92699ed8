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
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"lay_out.py: {command[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def plain(program, folder):
    run("strip", "--strip-debug", program, "-o", folder / f"{program.name}.plain")
    return folder / f"{program.name}.plain"


def counting(program, folder):
    """The program made to count: every process that runs it writes a file of its own beside it when it ends."""
    counted = folder / program.name
    run(BOLT, plain(program, folder), "-o", counted, "-instrument", f"--runtime-instrumentation-lib={RUNTIME}",
        f"--instrumentation-file={counted}.profile", "--instrumentation-file-append-pid")
    return counted


def lay_out(program, folder, to):
    profiles = sorted(folder.glob(f"{program.name}.profile.*"))
    if not profiles:
        sys.exit(f"lay_out.py: {program.name} was measured and has counted nothing")
    merged = folder / f"{program.name}.fdata"
    merged.write_text(run(MERGE, *profiles), encoding="utf-8")
    made = folder / f"{program.name}.made"
    run(BOLT, plain(program, folder), "-o", made, f"-data={merged}", *LAYOUT)
    # A program that cannot even start is not put in place.
    run(made, "--help")
    to.mkdir(parents=True, exist_ok=True)
    new = to / f".{program.name}.new"
    shutil.copy(made, new)
    new.chmod(0o755)
    new.replace(to / program.name)


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
    with tempfile.TemporaryDirectory(prefix="latchkey-layout-") as name:
        folder = pathlib.Path(name)
        run(args.load, "--compare", "--no-peers", "--rounds", "1", "--seconds", "1", "--warm-up", "0.2", "--output", "json",
            "--latchkeyd", counting(args.latchkeyd, folder), "--floor", counting(args.floor, folder))
        for program in (args.latchkeyd, args.floor):
            lay_out(program, folder, args.to)


if __name__ == "__main__":
    main()
