#!/usr/bin/python3
"""Has spin search every state of docs/adr/0007-model/two_shards.pml, and find the error in each broken variant of it."""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

# Variant: what spin has to say of it. The sound protocol comes first.
VARIANTS = {
    "": None,
    "BROKEN_SETTLE_TWICE": "settlements[k]<=1",
    "BROKEN_GIVE_BACK_AGAIN": "network_lost)>=n",
    "BROKEN_ACCOUNT_FIRST": "network_lost)>=n",
}
STATES_MIN = 100_000  # Fewer, and the model has lost its faults.


def search(model, variant, folder):
    """What spin's verifier says."""
    shutil.copy(model, folder / "model.pml")
    define = [f"-D{variant}"] if variant else []
    for command in (["spin", *define, "-a", "model.pml"],
                    ["cc", "-w", "-O2", "-DSAFETY", "-DMEMLIM=1000", "-o", "pan", "pan.c"]):
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    run = subprocess.run(["./pan", "-m100000", "-n"], cwd=folder, check=False, capture_output=True, text=True)
    return run.stdout + run.stderr


def judge(variant, expected, said):
    """What is wrong, or nothing."""
    if expected is not None:
        return None if expected in said and "errors: 1" in said else f"{variant}: spin does not find the planted error"
    if "errors: 0" not in said:
        return "the protocol breaks a property"
    if "Search not completed" in said or "max search depth too small" in said:
        return "not every state was searched"
    if states(said) < STATES_MIN:
        return f"only {states(said)} states: the model has lost its faults"
    return None


def states(said):
    found = re.search(r"(\d+) states, stored", said)
    return int(found.group(1)) if found else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, type=pathlib.Path)
    model = parser.parse_args().model
    if not shutil.which("spin"):
        sys.exit("spin is not installed (it is in packages.txt)")
    wrong = []
    for variant, expected in VARIANTS.items():
        with tempfile.TemporaryDirectory() as folder:
            said = search(model, variant, pathlib.Path(folder))
        complaint = judge(variant, expected, said)
        print(f"{variant or 'the protocol'}: {states(said)} states, "
              f"{complaint or ('error found, as planted' if expected else 'every property holds')}")
        if complaint:
            wrong.append(complaint)
            print(said)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
