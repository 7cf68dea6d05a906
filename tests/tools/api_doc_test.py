#!/usr/bin/python3
"""tools/api_doc: on a small schema, and that docs/api.md is what it makes today."""
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = ROOT / "tools/api_doc/api_doc.py"

PROTO = """
syntax = "proto3";
package postroom.admin.v1;
import "postroom/admin/v1/rules.proto";

// Boxes and what is in them.
service BoxService {
  // Puts something into a box.
  rpc Put(PutRequest) returns (PutResponse) { option (rule) = {right: OUTBOX, scope: IN_PARTITION, max_body: 70000}; }
  // Opens the lid.
  rpc Open(OpenRequest) returns (OpenResponse) { option (rule) = {scope: ANYONE}; }
}
// A | bar stands here.
message Thing {
  string name = 1;  // what it is called
}
message PutRequest {
  string partition = 1;       // its id
  repeated Thing things = 2;  // one after the other
  map<string, uint64> weights = 3;  // by name
}
// Kept | apart.
message PutResponse {
  message Place {
    uint32 row = 1;  // from the left
  }
  Place place = 1;  // where it lies
}
message OpenRequest {
  string word = 1 [(sensitive) = true];  // nobody else knows it
}
message OpenResponse {}
"""

EXAMPLES = """
["BoxService/Put"]
body = '{"partition": "IT", "things": [{"name": "$NAME"}]}'
command = 'postroom put IT $NAME'
takes.NAME = "BoxService/Put place.0.row"
errors = [["not_found", "there is no box"]]

["BoxService/Open"]
body = '{"word": "$WORD"}'
note = "A person opens it by hand."
"""


class Small(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="postroom-api-doc-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.proto = self.folder / "proto/postroom/admin/v1/box.proto"
        self.proto.parent.mkdir(parents=True)
        shutil.copy(ROOT / "proto/postroom/admin/v1/rules.proto", self.proto.parent)
        self.examples = self.folder / "examples/box.toml"
        self.examples.parent.mkdir()
        self.out = self.folder / "api.md"
        (self.folder / "introduction.md").write_text("# Boxes\n")
        self.write()

    def write(self, proto=PROTO, examples=EXAMPLES):
        self.proto.write_text(proto)
        self.examples.write_text(examples)

    def make(self, *options):
        return subprocess.run(
            [sys.executable, "-B", PROGRAM, "--proto", self.folder / "proto", "--examples",
             self.examples.parent, "--introduction", self.folder / "introduction.md", "--out",
             self.out, *options], capture_output=True, text=True, timeout=60, check=False)

    def page(self):
        done = self.make()
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.out.read_text()

    def refuses(self, *words):
        done = self.make()
        self.assertEqual((done.returncode, done.stderr.splitlines()), (1, list(words)))
        self.assertFalse(self.out.exists())

    def test_a_method_is_shown_with_its_rule_fields_errors_and_lines(self):
        page = self.page()
        for line in ("# Boxes",
                     "| [BoxService](#boxservice) | Boxes and what is in them. | "
                     "[Put](#boxserviceput), [Open](#boxserviceopen) |",
                     "| [Put](#boxserviceput) | Puts something into a box. |",
                     "### BoxService/Put",
                     "**Who may:** who holds OUTBOX in the request's `partition`. A request may have "
                     "70,000 bytes.",
                     "| `things[]` | [Thing](#thing) | one after the other |",
                     "| `weights` | map from string to uint64 | by name |",
                     "Kept | apart.",
                     "| `place.row` | uint32 | from the left |",
                     "| `not_found` | there is no box |",
                     "`$NAME` is `place[0].row` of [BoxService/Put](#boxserviceput).",
                     "curl -K postroom.curl --json '{\"partition\": \"IT\", \"things\": [{\"name\": "
                     "\"'$NAME'\"}]}' $POSTROOM.BoxService/Put",
                     "postroom put IT $NAME",
                     "### Thing",
                     "| `name` | string | what it is called |"):
            self.assertIn(line, page.splitlines())

    def test_a_secret_stands_on_no_command_line(self):
        self.assertIn("curl --cacert ca.pem --json @- $POSTROOM.BoxService/Open <<< "
                      "'{\"word\": \"'$WORD'\"}'", self.page().splitlines())

    def test_a_page_that_is_not_current_is_told(self):
        self.page()
        self.assertEqual(self.make("--check").returncode, 0)
        self.write(proto=PROTO.replace("Opens the lid.", "Lifts the lid."))
        done = self.make("--check")
        self.assertEqual(done.returncode, 1)
        self.assertIn("is not current", done.stderr)
        self.assertIn("Opens the lid.", self.out.read_text())

    def test_a_new_method_without_an_example_is_refused(self):
        self.write(proto=PROTO.replace("  // Opens", """  // Closes it.
  rpc Close(OpenRequest) returns (OpenResponse) { option (rule) = {scope: SIGNED_IN}; }
  // Opens"""))
        self.refuses("BoxService/Close: has no example")

    def test_an_example_of_no_method_and_one_that_is_there_twice_are_refused(self):
        self.write(examples=EXAMPLES + "\n[\"BoxService/Shut\"]\nbody = '{}'\nnote = 'x'\n")
        self.refuses("BoxService/Shut: there is no such method")
        self.write()
        self.examples.with_name("more.toml").write_text(EXAMPLES)
        self.refuses("more.toml: BoxService/Put: is there twice",
                     "more.toml: BoxService/Open: is there twice")

    def test_what_has_no_comment_is_refused_and_all_of_it_is_told(self):
        bare = "\n".join(line.split("  //")[0] for line in PROTO.splitlines())
        self.write(proto=bare.replace("// Boxes and what is in them.", ""))
        self.refuses("BoxService: has no comment", "BoxService/Put: has no comment",
                     "BoxService/Open: has no comment",
                     "admin.v1.OpenRequest.word: has no comment",
                     "admin.v1.PutRequest.partition: has no comment",
                     "admin.v1.PutRequest.things: has no comment",
                     "admin.v1.PutRequest.weights: has no comment",
                     "admin.v1.PutResponse.place: has no comment",
                     "admin.v1.PutResponse.Place.row: has no comment",
                     "admin.v1.Thing.name: has no comment")

    def test_a_missing_command_needs_a_note_and_a_variable_a_source(self):
        self.write(examples=EXAMPLES.replace("note = \"A person opens it by hand.\"", "")
                   .replace("BoxService/Put place.0.row", "BoxService/Get place.0.row")
                   .replace('"not_found"', '"gone"'))
        self.refuses("BoxService/Put: $NAME comes from BoxService/Get place.0.row, which is no "
                     "method and field",
                     "BoxService/Put: gone is no error known here",
                     "BoxService/Open: has no command; a note must say why")

    def test_a_body_that_is_no_json_and_a_variable_that_nobody_uses_are_refused(self):
        self.write(examples=EXAMPLES.replace('"$NAME"}]}', '"x"').replace(" $NAME'", "'"))
        done = self.make()
        self.assertEqual(done.returncode, 1)
        self.assertIn("BoxService/Put: takes $NAME and does not use it", done.stderr)
        self.assertIn("is no JSON", done.stderr)


class Today(unittest.TestCase):
    def test_docs_api_md_is_what_the_schema_and_the_examples_make(self):
        done = subprocess.run([sys.executable, "-B", PROGRAM, "--check"], capture_output=True,
                              text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
