#!/usr/bin/python3
"""Holds every #include and every CMakeLists.txt of the rooms against the tables in docs/floors.md.

usage: tools/check_floors.py [ROOT]    exit 0: all in order; 1: what is wrong, one line each
"""
import re
import sys
from fnmatch import fnmatch
from pathlib import Path

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)
STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
# Headers without a dot are the C++ library's; these folders and names are the system's.
SYSTEM = re.compile(r"[a-z0-9_]+|(sys|netinet|arpa|net|linux)/\w+\.h|"
                    r"(unistd|fcntl|poll|netdb|signal|spawn|pthread|stdlib|termios|getopt|pwd|grp|"
                    r"iconv|locale|syslog|dirent)\.h")


def tables(text):
    """The Markdown tables as lists of rows, each row a dictionary by column name."""
    found, rows = [], None
    for line in text.splitlines():
        if not line.startswith("|"):
            rows = None
            continue
        cells = [cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if rows is None:
            rows, names = [], cells
            found.append(rows)
        elif not set("".join(cells)) <= set("-:"):
            rows.append(dict(zip(names, cells)))
    return found


def quoted(cell):
    return re.findall(r"`([^`]+)`", cell)


class House:
    def __init__(self, root):
        self.root = root
        rooms, libraries, bans = tables((root / "docs/floors.md").read_text())
        self.problems = []
        self.rooms = {quoted(row["room"])[0]: quoted(row["may include"]) for row in rooms}
        self.libraries = [(row["library"], quoted(row["headers"]), quoted(row["only in"]),
                           row["may show in public headers"] == "yes") for row in libraries]
        self.bans = [(quoted(row["pattern"])[0], quoted(row["in"]), quoted(row["except in"]),
                      row["why"]) for row in bans]
        self.files = {str(path.relative_to(root)): path.read_text(errors="replace")
                      for room in (*self.rooms, "tests", "bench")
                      for path in sorted((root / room).rglob("*")) if path.suffix in (".cpp", ".hpp")}
        self.internal = self.internal_headers()

    def complain(self, file, what):
        self.problems.append(f"{file}: {what}")

    def includes(self, file):
        return [(kind == "<", name) for kind, name in INCLUDE.findall(self.files[file])]

    def library_of(self, header):
        for library in self.libraries:
            if any(header.startswith(prefix) for prefix in library[1]):
                return library
        return None

    def internal_headers(self):
        """Headers that show a library which must stay inside its room."""
        internal = set()
        before = -1
        while len(internal) != before:
            before = len(internal)
            for file in self.files:
                if file.endswith(".hpp") and any(self.hides(name, internal)
                                                 for _, name in self.includes(file)):
                    internal.add(file)
        return internal

    def hides(self, name, internal):
        library = self.library_of(name)
        return name in internal or (library is not None and not library[3])

    def check_table(self):
        above = []
        for room, may in self.rooms.items():
            for other in may:
                if other not in above:
                    self.complain("docs/floors.md", f"{room} may not include {other}, which is not above it")
            above.append(room)

    def check_include(self, file, angled, name):
        room = file.split("/")[0]
        if room not in self.rooms:
            return
        if angled:
            self.check_library(file, name)
            return
        if name.endswith(".pb.h"):
            if room != "proto" and "proto" not in self.rooms[room]:
                self.complain(file, f"{room} may not include {name}")
            return
        target = name.split("/")[0]
        if "/" not in name or target not in self.rooms:
            self.complain(file, f'"{name}" must name a room\'s header from the top folder on')
        elif target != room and target not in self.rooms[room]:
            self.complain(file, f"{room} may not include {name}")
        elif target != room and name in self.internal:
            self.complain(file, f"{name} is internal to {target}: it shows a library that must not leave it")

    def check_library(self, file, name):
        library = self.library_of(name)
        if library is None:
            if not SYSTEM.fullmatch(name):
                self.complain(file, f"<{name}> belongs to no library in docs/floors.md")
        elif not any(fnmatch(file, pattern) for pattern in library[2]):
            self.complain(file, f"{library[0]} (<{name}>) may only be included in {' '.join(library[2])}")

    def check_bans(self, file):
        # A pattern in a comment or a message is no use of it; an #include has no string to lose.
        code = COMMENT.sub("", self.files[file])
        code = "\n".join(line if "#include" in line.replace(" ", "") else STRING.sub('""', line)
                         for line in code.splitlines())
        for pattern, where, except_in, why in self.bans:
            inside = any(fnmatch(file, glob) for glob in where)
            if inside and not any(fnmatch(file, glob) for glob in except_in):
                found = re.search(pattern, code)
                if found:
                    self.complain(file, f"{found.group(0)} is not to be used: {why}")

    def check_build(self, room):
        path = self.root / room / "CMakeLists.txt"
        text = path.read_text() if path.exists() else ""
        for listed in re.findall(r"\bROOMS\s+((?:[a-z]+\s+)*[a-z]+)", text):
            for other in listed.split():
                if other not in self.rooms[room]:
                    self.complain(f"{room}/CMakeLists.txt", f"{room} may not link {other}")

    def check(self):
        self.check_table()
        for file in self.files:
            for angled, name in self.includes(file):
                self.check_include(file, angled, name)
            self.check_bans(file)
        for room in self.rooms:
            self.check_build(room)
        return self.problems


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    house = House(root)
    problems = house.check()
    for problem in problems:
        print(problem)
    if not problems:
        print(f"floors: {len(house.files)} files in order")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
