#!/usr/bin/python3
"""Makes docs/api.md of the schema of postroom.admin.v1 and of examples/; fails when something has no comment or no example.

usage: tools/api_doc/api_doc.py [--check]
    --check   writes nothing, and fails when the page is not what would be written
"""
import argparse
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE)]

import examples  # noqa: E402
import schema  # noqa: E402
from page import Page  # noqa: E402


def without_comment(read):
    """What the page shows and no comment explains."""
    for service in read.services:
        if not service.comment:
            yield f"{service.name}: has no comment"
    for method in read.methods().values():
        if not method.comment:
            yield f"{method.name}: has no comment"
    for name in reachable(read):
        for field in read.messages[name].fields:
            if not field.comment:
                yield f"{name}.{field.name}: has no comment"


def reachable(read):
    """Names of the messages that requests and answers are made of."""
    found, left = [], [n for m in read.methods().values() for n in (m.request, m.answer)]
    while left:
        name = left.pop()
        if name in read.messages and name not in found:
            found.append(name)
            left += [field.type for field in read.messages[name].fields]
    return sorted(found)


def make(proto, folder, introduction):
    """The page's text. Raises examples.Wrong with all that is wrong, a line each."""
    files = sorted((proto / "postroom/admin/v1").glob("*.proto"))
    read = schema.load(proto, files)
    known = examples.load(folder)
    wrong = [*without_comment(read), *examples.problems(read, known)]
    if wrong:
        raise examples.Wrong("\n".join(wrong))
    return Page(read, known, introduction.read_text()).text()


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split(";")[0])
    parser.add_argument("--check", action="store_true", help="only say whether the page is current")
    parser.add_argument("--proto", type=Path, default=ROOT / "proto")
    parser.add_argument("--examples", type=Path, default=HERE / "examples")
    parser.add_argument("--introduction", type=Path, default=HERE / "introduction.md")
    parser.add_argument("--out", type=Path, default=ROOT / "docs/api.md")
    given = parser.parse_args(arguments)
    try:
        text = make(given.proto, given.examples, given.introduction)
    except subprocess.CalledProcessError as error:
        sys.exit(error.stderr)
    except examples.Wrong as wrong:
        sys.exit(str(wrong))
    if not given.check:
        given.out.write_text(text)
    elif not given.out.exists() or given.out.read_text() != text:
        sys.exit(f"{given.out} is not current; run tools/api_doc/api_doc.py")


if __name__ == "__main__":
    main()
