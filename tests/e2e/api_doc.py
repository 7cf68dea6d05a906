#!/usr/bin/python3
"""Every curl line and every command line of docs/api.md does what the page says, run as it stands there.

A real node with HTTPS, a real mail system behind it; and each request that the examples name for an
error brings that error about.
"""
import argparse
import json
import re
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
sys.path[:0] = [str(SOURCE / "deploy"), str(SOURCE / "tools/api_doc"), str(HERE)]

import examples  # noqa: E402
import schema  # noqa: E402
from api_doc_site import Site  # noqa: E402
from harness import exit_on_signals  # noqa: E402
from harness.node import NodeError  # noqa: E402

ADDS = re.compile(r"\w+/(Add|Put|Create)")
FIELD_SECONDS = 10


class Differs(Exception):
    """What the page says is not what happens."""


def lines_of(page):
    """{heading: [lines that are run]}, of what stands in ```sh blocks."""
    found, heading, inside = {}, "", False
    for line in page.splitlines():
        if line.startswith("```"):
            inside = line == "```sh"
        elif not inside and line.startswith("#"):
            heading = line.lstrip("# ")
        elif inside and line.startswith(("curl ", "postroom ")):
            found.setdefault(heading, []).append(line)
    return found


def field_of(answer, path):
    """A blank field is left out of an answer."""
    for step in path.split("."):
        answer = answer[int(step)] if step.isdigit() else answer.get(step, {})
    return answer or None


class Trial:
    def __init__(self, site):
        self.site = site
        self.schema = schema.load(SOURCE / "proto",
                                  sorted((SOURCE / "proto/postroom/admin/v1").glob("*.proto")))
        self.methods = self.schema.methods()
        self.examples = examples.load(SOURCE / "tools/api_doc/examples")
        self.page = lines_of((SOURCE / "docs/api.md").read_text())
        self.answers = {}
        self.wrong = []
        self.lines = self.refusals = 0
        self.before = {  # what stands between two lines that a reader would not run one after the other
            ("AccessService/SetUp", "postroom"): site.empty_again,
            ("QuarantineService/Reprocess", "curl"): site.take_larger_mails,
            ("OutboxService/Retry", "postroom"): site.wait_for_dead_letters,
            ("OutboxService/Cancel", "curl"): site.wait_for_dead_letters,
            ("AccessService/ChangePassword", "postroom"): site.sign_in_anew,
            ("AccessService/SignOut", "curl"): self.open_session,
        }

    def run(self):
        if set(self.page) - set(self.examples) != {"How to call"} or set(self.examples) - set(self.page):
            raise Differs("the page is not of these examples; run tools/api_doc/api_doc.py")
        for method in self.examples:
            for line in self.page[method]:
                self.before.get((method, line.split()[0]), lambda: None)()
                self.noting(self.run_line, method, line)
            if method == "AccessService/SignIn":
                self.site.use_session(self.answers[method]["session"])
                for line in self.page["How to call"]:
                    self.noting(self.run_line, "StatusService/Get", line)
            for refusal in self.examples[method].errors:
                self.noting(self.refuse, method, refusal)
        if self.wrong:
            raise Differs("\n".join(self.wrong))

    def noting(self, what, *arguments):
        """All that differs is told at once."""
        try:
            what(*arguments)
        except Differs as error:
            self.wrong.append(str(error))

    def run_line(self, method, line):
        """A line of the page, with what it takes from other answers."""
        done = self.site.shell(line, self.variables(method, line))
        self.lines += 1
        if done.exit != 0 or done.status not in ("", "200"):
            raise Differs(f"{method}: {line}\n  exit {done.exit}, HTTP {done.status}: {done.said}")
        if not done.out.strip():
            raise Differs(f"{method}: {line}\n  says nothing")
        if line.startswith("curl"):
            self.answers[method] = self.check_answer(method, line, json.loads(done.out))

    def check_answer(self, method, line, answer):
        can_answer = self.schema.messages[self.methods[method].answer].fields
        if can_answer and not answer:
            raise Differs(f"{method}: {line}\n  answers nothing")
        if answer.get("problems") and method != "SettingsService/Check":
            raise Differs(f"{method}: {line}\n  finds problems: {answer['problems']}")
        return answer

    def variables(self, method, line):
        return {name: self.take(*source) for name, source in
                self.examples[method].sources().items() if f"${name}" in line}

    def take(self, method, path):
        """A field of an answer; what comes a moment after a change is waited for."""
        deadline = time.monotonic() + FIELD_SECONDS
        while True:
            if not ADDS.match(method):
                self.run_line(method, self.page[method][0])
            try:
                if (found := field_of(self.answers[method], path)) is not None:
                    return str(found)
            except (IndexError, AttributeError):
                pass
            if time.monotonic() > deadline:
                raise Differs(f"{method} does not answer {path}: {self.answers[method]}")
            time.sleep(0.05)

    def refuse(self, method, refusal):
        if not refusal.body:
            return
        self.refusals += 1
        name, answer = self.site.ask(method, refusal.body)
        if (name, answer.get("code")) != (refusal.name, examples.CODES[refusal.name]):
            raise Differs(f"{method}: {refusal.body}\n  should answer {refusal.name}, and answers "
                          f"{name or 'well'}: {answer}")

    def open_session(self):
        """A new password ends the sessions that did not set it."""
        self.run_line("AccessService/SignIn", self.page["AccessService/SignIn"][0])
        self.site.use_session(self.answers["AccessService/SignIn"]["session"])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    arguments = parser.parse_args()
    exit_on_signals()
    with tempfile.TemporaryDirectory(prefix="postroom-api-", dir="/tmp") as folder:
        site = Site(arguments.binary, Path(folder))
        try:
            site.start()
            trial = Trial(site)
            trial.run()
            site.node.stop()
        except (Differs, NodeError, RuntimeError, OSError) as error:
            print(f"FAILED: {error}")
            return 1
        finally:
            site.end()
    print(f"{len(trial.examples)} methods: {trial.lines} lines and {trial.refusals} errors are as the "
          "page says")
    return 0


if __name__ == "__main__":
    sys.exit(main())
