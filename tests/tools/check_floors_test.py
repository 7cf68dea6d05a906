#!/usr/bin/python3
"""The floor checker finds what it is there to find, and nothing in a house that is in order."""
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent.parent


class CheckFloors(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = Path(self.folder.name)
        self.addCleanup(self.folder.cleanup)
        (self.root / "docs").mkdir()
        shutil.copy(SOURCE / "docs/floors.md", self.root / "docs")
        self.write("base/ec.hpp", "#include <string>\n")
        self.write("storage/rocks.hpp", "#include <rocksdb/db.h>\n#include \"base/ec.hpp\"\n")
        self.write("storage/store.hpp", '#include "base/ec.hpp"\n#include "postroom/record/v1/record.pb.h"\n')
        self.write("storage/rocks.cpp", '#include "storage/rocks.hpp"\n')
        self.write("actors/poller.cpp", '#include <caf/actor.hpp>\n#include "storage/store.hpp"\n')

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def complaints(self):
        done = subprocess.run([sys.executable, "-B", str(SOURCE / "tools/check_floors.py"), str(self.root)],
                              capture_output=True, text=True, timeout=30)
        self.assertEqual(done.stderr, "")
        self.assertEqual(done.returncode, 0 if "files in order" in done.stdout else 1)
        return done.stdout

    def assert_refused(self, name, text, words):
        self.write(name, text)
        self.assertIn(words, self.complaints())
        self.assertIn(name, self.complaints())

    def test_a_house_in_order_passes(self):
        self.assertIn("files in order", self.complaints())

    def test_a_lower_room_may_not_include_one_below(self):
        self.assert_refused("mail/a.cpp", '#include "storage/store.hpp"\n', "mail may not include storage/")

    def test_base_includes_nothing_of_ours(self):
        self.assert_refused("base/a.cpp", '#include "mail/mail.hpp"\n', "base may not include mail/")

    def test_generated_schemas_belong_to_proto(self):
        self.assert_refused("channels/a.cpp", '#include "postroom/record/v1/record.pb.h"\n', "may not include")

    def test_a_library_stays_in_its_room(self):
        self.assert_refused("actors/a.cpp", "#include <curl/curl.h>\n", "libcurl")

    def test_actors_are_known_in_two_rooms_only(self):
        self.assert_refused("api/a.cpp", "#include <caf/actor.hpp>\n", "C++ Actor Framework")

    def test_a_library_may_be_limited_to_single_files(self):
        self.write("base/digest.cpp", "#include <openssl/evp.h>\n")
        self.assertIn("files in order", self.complaints())
        self.assert_refused("base/other.cpp", "#include <openssl/evp.h>\n", "OpenSSL")

    def test_a_header_that_shows_a_library_is_internal_to_its_room(self):
        self.assert_refused("actors/a.cpp", '#include "storage/rocks.hpp"\n', "internal to storage")

    def test_a_header_that_shows_a_library_through_another_is_internal_too(self):
        self.write("storage/unit.hpp", '#include "storage/rocks.hpp"\n')
        self.assert_refused("actors/a.cpp", '#include "storage/unit.hpp"\n', "internal to storage")

    def test_an_unknown_library_is_refused(self):
        self.assert_refused("mail/a.cpp", "#include <boost/asio.hpp>\n", "belongs to no library")

    def test_a_header_is_named_from_the_top_folder_on(self):
        self.assert_refused("base/a.cpp", '#include "ec.hpp"\n', "from the top folder on")

    def test_banned_words_are_refused(self):
        for number, code in enumerate(("#include <caf/all.hpp>", "request(x).await(f);", "spawn<caf::detached>();",
                                       "std::this_thread::sleep_for(s);", "system_clock::now();")):
            self.assert_refused(f"app/a{number}.cpp", code + "\n", "is not to be used")

    def test_pure_rooms_start_no_threads(self):
        self.assert_refused("partitions/a.cpp", "#include <thread>\n", "these rooms are pure")

    def test_a_banned_word_in_a_comment_or_a_text_is_no_use(self):
        self.write("app/a.cpp", '// never .await( here\nauto t = "caf::detached";\n/* sleep_for */\n')
        self.assertIn("files in order", self.complaints())

    def test_tests_may_sleep_where_a_server_leaves_no_other_way(self):
        self.write("tests/x/a_test.cpp", "std::this_thread::sleep_for(s);\n")
        self.assertIn("files in order", self.complaints())

    def test_a_library_list_in_the_build_may_not_reach_down(self):
        self.assert_refused("mail/CMakeLists.txt", "postroom_room(NAME mail ROOMS base storage SOURCES a.cpp)\n",
                            "mail may not link storage")

    def test_the_table_itself_may_not_reach_down(self):
        text = (self.root / "docs/floors.md").read_text().replace("| `base` | I/O, clocks", "| `base` `app` | I/O, clocks")
        self.assert_refused("docs/floors.md", text, "not above it")


if __name__ == "__main__":
    unittest.main()
