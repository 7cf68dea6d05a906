#!/usr/bin/python3
"""Sorts sources into groups that compile as one translation unit each: no two of a group use one name in anonymous namespaces.

usage: tools/unity_groups.py SIZE FILE ...    prints the number of each file's group, in order, with semicolons between

Names are found by the way our sources are laid out: what an anonymous namespace declares begins in the first column. One that
is not found shows as an error of the compiler.
"""
import re
import sys
from pathlib import Path

ANONYMOUS = re.compile(r"^namespace \{\n(.*?)^\}  // namespace$", re.MULTILINE | re.DOTALL)
# The word before the first bracket, assignment or semicolon of a line; a template's arguments may stand between.
NAME = re.compile(r"^(?=[A-Za-z_])(?!TEST|INSTANTIATE|using )(?:[^(={;\n]*?[\s*&])??(\w+)(?:<[^;{(]*>)?(?:\[\w*\])?\s*(?:[({;=]|:(?!:)|$)", re.MULTILINE)
MORE = re.compile(r", (\w+) = ")  # of `constexpr std::size_t a = 1, b = 2;`
USING = re.compile(r"^(using (?:[\w:]+::)?(\w+)(?: = [^;]*)?;)", re.MULTILINE)
MACRO = re.compile(r"^#define (\w+)", re.MULTILINE)


def names(source):
    """What a source calls by a name of its own: what anonymous namespaces declare, macros, and what `using` brings, which two
    sources may bring alike."""
    own = set(MACRO.findall(source))
    for inside in ANONYMOUS.findall(source):
        own |= set(NAME.findall(inside)) | set(MORE.findall(inside))
    found = {name: source for name in own}
    found.update((line[-1], line[0]) for line in USING.findall(source))
    return found


def fits(group, owned, size):
    """Whether a source that calls `owned` by names of its own may join the group."""
    members, taken = group
    return len(members) < size and all(taken.get(name, what) == what for name, what in owned.items())


def groups(files, size):
    """Lists of at most `size` files each. Those with the most names are placed first, where they fit and most is free."""
    owned = {file: names(Path(file).read_text(encoding="utf-8")) for file in files}
    made = [([], {}) for _ in range(-(-len(files) // size))]
    for file in sorted(files, key=lambda file: (-len(owned[file]), str(file))):
        free = [group for group in made if fits(group, owned[file], size)]
        if not free:
            free = [([], {})]
            made += free
        members, taken = min(free, key=lambda group: len(group[1]))
        members.append(file)
        taken.update(owned[file])
    return [members for members, _ in made if members]


def main():
    files = sys.argv[2:]
    number = {file: at for at, members in enumerate(groups(files, int(sys.argv[1]))) for file in members}
    print(";".join(str(number[file]) for file in files))


if __name__ == "__main__":
    main()
