#!/usr/bin/python3
"""What programs answer each other comes to an end: after a person's mail at most two more, then silence.

Real servers: Postroom processes, Dovecot with the vacation action of its sieve, and the list manager
mlmmj. All mail between them passes one hub, which counts it.
"""
import argparse
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
sys.path[:0] = [str(SOURCE / "deploy")]

from harness import exit_on_signals  # noqa: E402
from harness.admin import Refused  # noqa: E402
from harness.mail_lab import MailLab  # noqa: E402
from harness.node import NodeError  # noqa: E402
from loops_site import Site  # noqa: E402
from mail_hub import HOST, MailHub  # noqa: E402

PACKAGES = ("dovecot-sieve", "mlmmj")
# What tells programs from persons, and a Postroom's mails from others.
MARKS = ("auto-submitted", "x-auto-response-suppress", "x-postroom-loop", "precedence")

A, B = "helpdesk@a.test", "helpdesk@b.test"
ANN, BOB, LIST = "ann@people.test", "bob@people.test", "printers@lists.test"
ANALYST = "desk@a.example"  # of loops.yaml
# Answers each mail, not only the first of a week.
AWAY = f"""\
require ["vacation", "vacation-seconds"];
vacation :seconds 0 :addresses "{ANN}" :from "Ann <{ANN}>" :subject "Away" "I am away until Monday.";
"""
LIST_NAME = [f"List-Id: Printers <{LIST.replace('@', '.')}>", f"List-Post: <mailto:{LIST}>"]
REPLY_TO_LIST = [f"Reply-To: {LIST}"]
# A desk that answers each mail of a user, not only the first.
CHATTY = """\
  notifications:
    - event: updated
      audience: user
      content: {text: "{{user}}, your mail is with {{call}}."}
answer_limits: {per_sender: 3}
"""
# A desk that passes on to each what the other writes.
BETWEEN = """\
  notifications:
    - event: updated
      audience: user
      content: {text: "{{update_by}} wrote: {{update_text}}"}
    - event: updated
      audience: analyst
      content: {text: "{{update_by}} wrote: {{update_text}}"}
answer_limits: {per_sender: 3, per_call: 3}
"""


@dataclass(frozen=True)
class Scenario:
    name: str
    play: Callable                                # sets up a Site and writes the first mail
    answers: list = field(default_factory=list)   # what programs write, in any order: (from, to)
    outcomes: dict = field(default_factory=dict)  # of each desk's ledger
    updates: dict = field(default_factory=dict)   # of the call that a desk has: what came to it


def open_desks(site, *addresses, more=""):
    for desk in [site.desk(address, more) for address in addresses]:
        desk.wait_until_open()


def two_desks(loses=(), more=""):
    def play(site):
        site.hub.takes_away = {A: loses, B: loses}
        open_desks(site, A, B, more=more)
        site.write(A, B, "Printer on fire")
    return play


def somebody_away(loses=()):
    def play(site):
        site.hub.takes_away = {ANN: loses}
        site.away(ANN, AWAY)
        open_desks(site, A)
        site.write(ANN, A, "Printer on fire")
    return play


def programs_on_both_sides(site):
    site.robot(ANN)
    site.robot(ANALYST)
    open_desks(site, A, more=BETWEEN)
    site.write(ANN, A, "Printer on fire")


def away_and_on_a_list(fields, loses=()):
    def play(site):
        site.hub.takes_away = {ANN: loses}
        site.away(ANN, AWAY)
        site.mailbox(BOB)
        open_desks(site, A)
        site.mailing_list(LIST, [ANN, BOB, A], fields)
        site.write(ANN, LIST, "Printer on fire")
    return play


def through_a_list(fields, *addresses):
    def play(site):
        site.mailbox(ANN)
        site.mailbox(BOB)
        open_desks(site, *addresses)
        site.mailing_list(LIST, [ANN, BOB, *addresses], fields)
        site.write(ANN, LIST, "Printer on fire")
    return play


# Wherever limits do not end it, programs write two mails at most.
SCENARIOS = [
    Scenario("two helpdesks acknowledge each other", two_desks(),
             answers=[(B, A)],
             outcomes={A: {"suppressed:auto_reply": 1}, B: {"logged": 1}}),
    Scenario("two helpdesks, and a gateway loses the marks of automatic mails", two_desks(loses=MARKS),
             answers=[(B, A), (A, B)],
             outcomes={A: {"logged": 1}, B: {"logged": 1, "updated": 1}},
             updates={B: ["REPLY"]}),
    Scenario("the same, and both answer each mail: the limits end it", two_desks(MARKS, CHATTY),
             answers=[(B, A), (A, B)] * 3,
             outcomes={A: {"logged": 1, "updated": 2}, B: {"logged": 1, "updated": 3}},
             updates={A: ["REPLY"] * 2, B: ["REPLY"] * 3}),
    Scenario("a user's vacation responder keeps to RFC 3834", somebody_away(),
             answers=[(A, ANN)],
             outcomes={A: {"logged": 1}}),
    Scenario("a user's vacation responder cannot tell that a program wrote", somebody_away(loses=MARKS),
             answers=[(A, ANN), (ANN, A)],
             outcomes={A: {"logged": 1, "updated": 1}},
             updates={A: ["AUTO_REPLY"]}),
    Scenario("the user's and the analyst's programs answer each mail: the limits end it",
             programs_on_both_sides,
             answers=[(A, ANN), (ANN, A)] * 6 + [(A, ANALYST), (ANALYST, A)] * 3,
             outcomes={A: {"logged": 1, "updated": 9}},
             updates={A: ["REPLY"] * 9}),
    Scenario("a mailing list that says so", through_a_list(LIST_NAME + REPLY_TO_LIST, A),
             outcomes={A: {"logged": 1}}),
    Scenario("a mailing list that does not say so", through_a_list([], A),
             answers=[(A, ANN)],
             outcomes={A: {"logged": 1}}),
    Scenario("a mailing list that only wants the answers", through_a_list(REPLY_TO_LIST, A, B),
             answers=[(A, ANN), (B, ANN)],
             outcomes={A: {"logged": 1}, B: {"logged": 1}}),
    Scenario("somebody away writes to a mailing list that says so",
             away_and_on_a_list(LIST_NAME + REPLY_TO_LIST),
             outcomes={A: {"logged": 1}}),
    Scenario("somebody away writes to a mailing list that does not say so",
             away_and_on_a_list(REPLY_TO_LIST),
             answers=[(A, ANN)],
             outcomes={A: {"logged": 1}}),
    Scenario("the same, and the responder cannot tell that a program wrote",
             away_and_on_a_list(REPLY_TO_LIST, loses=MARKS),
             answers=[(A, ANN), (ANN, A)],
             outcomes={A: {"logged": 1, "updated": 1}},
             updates={A: ["AUTO_REPLY"]}),
]


def judge(site, scenario):
    # The first is the person's own; what a list hands on is still that mail.
    written = [mail for mail in site.hub.passed[1:] if not is_distributed(mail)]
    answers = sorted((mail.author(), mail.recipient) for mail in written)
    wrong = []
    if answers != sorted(scenario.answers):
        wrong.append(f"programs wrote {answers}, not {sorted(scenario.answers)}")
    for desk in site.desks:
        wrong += judge_desk(desk, scenario)
    if site.hub.refused:
        wrong.append(f"mails to nobody: {site.hub.refused}")
    return wrong


def judge_desk(desk, scenario):
    wrong = []
    if (found := desk.outcomes()) != (expected := scenario.outcomes[desk.address]):
        wrong.append(f"{desk.address}: {found}, not {expected}")
    expected = scenario.updates.get(desk.address, [])
    if "logged" in found and (updates := desk.updates()) != expected:
        wrong.append(f"{desk.address}: its call was updated by {updates}, not {expected}")
    if dead := desk.dead_letters():
        wrong.append(f"{desk.address}: {dead} dead letters")
    return wrong


def is_distributed(mail):
    """mlmmj names each subscriber in the sender of the envelope (VERP)."""
    return mail.sender.startswith(LIST.partition("@")[0] + "+bounces-")


def run(scenario, site):
    try:
        scenario.play(site)
        site.wait_for_silence()
        wrong = judge(site, scenario)
        for desk in site.desks:
            desk.stop()
    except (NodeError, Refused, OSError) as error:
        wrong = [str(error)]
    finally:
        site.end()
    print(f"{'FAILED' if wrong else 'ok':6}  {scenario.name}", *wrong, sep="\n        ", flush=True)
    return not wrong


def run_all(scenarios, binary, folder):
    folder.chmod(0o755)  # the mail system's servers run as somebody else
    hub = MailHub()
    try:
        lab = MailLab(folder / "lab", "--sieve-submission", f"{HOST}:{hub.port}")
        try:
            return [run(scenario, Site(binary, folder / f"s{number}", hub, lab))
                    for number, scenario in enumerate(scenarios)]
        finally:
            lab.end()
    finally:
        hub.end()


def missing_packages():
    def installed(package):
        asked = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status}", package],
                               capture_output=True, text=True, check=False)
        return asked.stdout == "installed"
    return [package for package in PACKAGES if not installed(package)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--only", default="", help="scenarios whose name holds this")
    arguments = parser.parse_args()
    exit_on_signals()
    if missing := missing_packages():
        sys.exit(f"not installed: {', '.join(missing)}; run deploy/install-packages --tests")
    chosen = [scenario for scenario in SCENARIOS if arguments.only in scenario.name]
    with tempfile.TemporaryDirectory(prefix="postroom-loops-", dir="/tmp") as folder:
        done = run_all(chosen, arguments.binary, Path(folder))
    return 0 if done and all(done) else 1


if __name__ == "__main__":
    sys.exit(main())
