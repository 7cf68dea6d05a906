#!/usr/bin/python3
"""clang-tidy over several sources at once finds what it finds in each alone, and nothing else."""
import json
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent.parent
NULL = "int* nowhere() { return 0; }\n"  # modernize-use-nullptr


class TidyBatches(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = Path(self.folder.name)
        (self.root / "mail").mkdir()
        shutil.copy(SOURCE / ".clang-tidy", self.root)
        self.flags = {}

    def write(self, name, text, flags=()):
        (self.root / "mail" / name).write_text(text)
        if name.endswith(".cpp"):
            self.flags[name] = flags

    def run_over_all(self, left_out=()):
        entries = []
        for name, flags in self.flags.items():
            file = str(self.root / "mail" / name)
            if name not in left_out:
                entries.append({"directory": str(self.root), "file": file,
                                "command": " ".join(["c++", "-std=c++20", *flags, "-o", f"{name}.o", "-c", file])})
        (self.root / "compile_commands.json").write_text(json.dumps(entries))
        return subprocess.run([sys.executable, "-B", str(SOURCE / "tools/tidy_batches.py"), ".",
                               *(f"mail/{name}" for name in self.flags)],
                              cwd=self.root, capture_output=True, text=True, timeout=60, check=False)

    def assert_in_order(self, done):
        self.assertEqual((done.stdout, done.stderr, done.returncode), ("", "", 0))

    def assert_found(self, done, *names):
        self.assertEqual(done.returncode, 1)
        for name in self.flags:
            self.assertEqual(f"{name}:" in done.stdout, name in names, done.stdout)

    def test_sources_in_order_pass(self):
        for name in ("a.cpp", "b.cpp", "c.cpp"):
            self.write(name, f"int {name[0]}() {{ return 1; }}\n")
        self.assert_in_order(self.run_over_all())

    def test_a_finding_is_told_of_its_file_only(self):
        for name in ("a.cpp", "b.cpp", "c.cpp", "d.cpp", "e.cpp"):
            self.write(name, NULL if name == "d.cpp" else f"int {name[0]}() {{ return 1; }}\n")
        done = self.run_over_all()
        self.assert_found(done, "d.cpp")
        self.assertIn("modernize-use-nullptr", done.stdout)

    def test_each_of_several_findings_is_told(self):
        self.write("a.cpp", NULL)
        self.write("b.cpp", "int b() { return 1; }\n")
        self.write("c.cpp", "namespace c { " + NULL + " }\n")
        self.assert_found(self.run_over_all(), "a.cpp", "c.cpp")

    def test_one_name_in_two_sources_is_no_finding(self):
        self.write("a.cpp", "namespace { const int most = 1; }\nint a() { return most; }\n")
        self.write("b.cpp", "namespace { const long most = 2; }\nlong b() { return most; }\n")
        self.assert_in_order(self.run_over_all())

    def test_a_finding_beside_a_clash_of_names_is_told(self):
        self.write("a.cpp", "namespace { const int most = 1; }\nint a() { return most; }\n")
        self.write("b.cpp", "namespace { const long most = 2; }\nlong b() { return most; }\n" + NULL)
        self.assert_found(self.run_over_all(), "b.cpp")

    def test_a_finding_in_a_header_is_told(self):
        self.write("shared.hpp", "#pragma once\ninline int* nowhere() { return 0; }\n")
        self.write("a.cpp", '#include "shared.hpp"\n')
        self.write("b.cpp", '#include "shared.hpp"\n')
        done = self.run_over_all()
        self.assertEqual(done.returncode, 1)
        self.assertIn("shared.hpp:2:", done.stdout)

    def test_each_source_is_read_with_its_own_flags(self):
        self.write("a.cpp", "#ifndef BAD\nint a() { return 1; }\n#else\n" + NULL + "#endif\n")
        self.write("b.cpp", "#ifndef BAD\nint b() { return 1; }\n#else\n" + NULL + "#endif\n", ["-DBAD"])
        self.assert_found(self.run_over_all(), "b.cpp")

    def test_a_source_that_the_build_does_not_know_is_read_all_the_same(self):
        self.write("a.cpp", "int a() { return 1; }\n")
        self.write("b.cpp", NULL)
        self.assert_found(self.run_over_all(left_out=("b.cpp",)), "b.cpp")

    def test_a_source_that_does_not_compile_is_told(self):
        self.write("a.cpp", "int a() { return 1; }\n")
        self.write("b.cpp", "int b() { return missing; }\n")
        self.assert_found(self.run_over_all(), "b.cpp")


if __name__ == "__main__":
    unittest.main()
