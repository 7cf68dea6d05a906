#!/usr/bin/python3
"""Runs clang-tidy over sources, several in one translation unit, so that the headers they share are read and searched once.

usage: tools/tidy_batches.py BUILD_DIR FILE ...    exit 0: all in order; 1: the findings are on standard output

Sources that use one name for different things, each in its anonymous namespace, do not compile together; unity_groups.py keeps
those apart that it finds. A batch that is not in order is halved until single files are left: a finding counts only where it is
one of a file alone.
What a source needs and does not include can hide in a batch; tools/check_alone.sh finds that.
"""
import json
import os
import shlex
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from unity_groups import groups

BATCH = 8  # files; twice as many need hardly less time and clash more often
# -w: the build has had its say with its own compiler; clang's warnings are not asked for here.
TIDY = ["clang-tidy", "--quiet", "--extra-arg=-w", "--extra-arg=-Qunused-arguments"]


def commands(build):
    """The folder and the arguments of each compilation, by source."""
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        arguments = entry.get("arguments") or shlex.split(entry["command"])
        found[Path(entry["file"]).resolve()] = (entry["directory"], arguments)
    return found


def flags(file, known):
    """How a source is compiled, but for its own name and that of its output; None for one that the build does not know."""
    if file not in known:
        return None
    directory, arguments = known[file]
    kept = [word for at, word in enumerate(arguments)
            if word not in ("-c", "-o") and (at == 0 or arguments[at - 1] not in ("-c", "-o"))]
    return directory, tuple(kept)


def batches(files, known):
    """Lists of files that are compiled alike and can be together."""
    alike, found = {}, []
    for file in files:
        alike.setdefault(flags(file, known), []).append(file)
    for how, group in alike.items():
        found += [(how, batch) for batch in (groups(group, BATCH) if how else [group])]
    return sorted(found, key=lambda batch: -sum(file.stat().st_size for file in batch[1]))


def run(arguments):
    """Whether clang-tidy finds nothing, and what it says."""
    done = subprocess.run(TIDY + arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    return done.returncode == 0, done.stdout


def together(how, files):
    """Whether a translation unit that includes all the files is in order."""
    directory, words = how
    with tempfile.TemporaryDirectory(prefix="postroom-tidy-") as folder:
        unit = Path(folder, "batch.cpp")
        unit.write_text("".join(f'#include "{file}"\n' for file in files))
        entry = {"directory": directory, "file": str(unit), "arguments": [*words, "-c", str(unit)]}
        Path(folder, "compile_commands.json").write_text(json.dumps([entry]))
        config = f"--config-file={Path('.clang-tidy').resolve()}"
        return run([config, "--extra-arg=-Wfatal-errors", "-p", folder, str(unit)])[0]


def check(build, how, files):
    """What is wrong with the files; empty when nothing is."""
    if len(files) == 1:
        good, said = run(["-p", str(build), str(files[0])])
        return "" if good else said or f"{files[0]}: clang-tidy failed without a word\n"
    if together(how, files):
        return ""
    middle = len(files) // 2
    return check(build, how, files[:middle]) + check(build, how, files[middle:])


def main():
    build, files = Path(sys.argv[1]).resolve(), [Path(name).resolve() for name in sys.argv[2:]]
    known = commands(build)
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        said = "".join(pool.map(lambda batch: check(build, *batch), batches(files, known)))
    print(said, end="")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
