"""tools/unity_groups.py keeps sources apart that use one name for different things."""
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))
from unity_groups import groups, names  # noqa: E402

SOURCE = """#include "a.hpp"
#define TWICE(x) x x
using config::v1::Person;

namespace postroom {
namespace {

using row = std::pair<int, int>;
constexpr std::size_t most = 100, least = 1;
class reader : public base {
  int inside = 0;
};
template <class T>
std::map<std::string, int> counted(const T& all) {
  return other(all);
}
TEST(reader, reads) {
}

}  // namespace

int public_name() {
  return 1;
}

}  // namespace postroom
"""


class UnityGroups(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def file(self, name, inside, before=""):
        path = Path(self.folder.name, name)
        path.write_text(f"{before}namespace postroom {{\nnamespace {{\n\n{inside}\n\n}}  // namespace\n}}\n")
        return path

    def test_names_are_those_of_anonymous_namespaces_usings_and_macros(self):
        self.assertEqual(set(names(SOURCE)), {"TWICE", "Person", "row", "most", "least", "reader", "counted"})

    def test_two_that_use_one_name_for_different_things_are_kept_apart(self):
        a, b = self.file("a.cpp", "int f() {\n}"), self.file("b.cpp", "bool f() {\n}")
        self.assertEqual(len(groups([a, b], 8)), 2)

    def test_two_that_bring_one_name_of_others_alike_are_together_and_else_apart(self):
        a, b, c = (self.file(f"{at}.cpp", f"int f{at}() {{\n}}", f"using {of}::Person;\n")
                   for at, of in enumerate(["config::v1", "config::v1", "record::v1"]))
        together = [set(group) for group in groups([a, b, c], 8)]
        self.assertEqual(len(together), 2)
        self.assertIn({a, b}, together)

    def test_no_group_holds_more_than_it_may_and_every_file_is_in_one(self):
        files = [self.file(f"{at}.cpp", f"int f{at}() {{\n}}") for at in range(10)]
        made = groups(files, 4)
        self.assertLessEqual(max(map(len, made)), 4)
        self.assertEqual(sorted(file for group in made for file in group), sorted(files))


if __name__ == "__main__":
    unittest.main()
