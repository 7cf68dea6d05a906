#!/usr/bin/python3
"""Three departments, one mail server, a dozen mails: Postroom at work. Called by deploy/quickstart."""
import argparse
import os
import re
import shutil
import signal
import smtplib
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import expected  # noqa: E402
import verify  # noqa: E402
from harness import mail_lab  # noqa: E402
from harness.node import Node, NodeError, fill_in  # noqa: E402
from screen import Screen  # noqa: E402
from watch import Watch, call_number  # noqa: E402

EXAMPLES = HERE.parent / "examples"


class DemoError(Exception):
    """What went wrong."""


class Interrupted(Exception):
    pass


def interrupt(number, frame):
    raise Interrupted()


def parse_arguments():
    parser = argparse.ArgumentParser(prog="quickstart", description=__doc__)
    parser.add_argument("--binary", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--once", action="store_true",
                        help="verify that every mail became what it should, then end")
    parser.add_argument("--keep", metavar="DIR",
                        help="a new folder for everything, which stays afterwards")
    return parser.parse_args()


def make_folder(keep):
    if not keep:
        # Not TMPDIR: Unix sockets below it need a short name.
        return Path(tempfile.mkdtemp(prefix="postroom-demo-", dir="/tmp"))
    folder = Path(keep).resolve()
    if folder.exists() and any(folder.iterdir()):
        raise DemoError(f"--keep {keep}: the folder is not empty; name a new one")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def render_examples(node, lab):
    """The example files as they are, but for a lower size limit of the IT mailbox."""
    values = node.values(lab)
    for example in sorted(EXAMPLES.glob("*.yaml")):
        text = fill_in(example.read_text(), values)
        text = re.sub(r"max_mail_size: \S+", f"max_mail_size: {expected.DEMO_MAIL_LIMIT}B", text)
        target = node.config if example.name == "node.yaml" else node.partitions / example.name
        target.write_text(text)


class Demo:
    def __init__(self, arguments, folder):
        self.arguments, self.folder = arguments, folder
        self.screen = Screen()
        self.lab = self.node = None

    def run(self):
        self.start_servers()
        self.deliver()
        watch = self.follow()
        wrong = verify.differences(watch)
        if wrong:
            raise DemoError("not every mail became what it should:\n  " + "\n  ".join(wrong))
        answers = sum(map(len, watch.answers.values()))
        self.screen.title(f"Every mail has become what it should: {len(watch.calls)} calls, "
                          f"1 duplicate, 1 in quarantine, {answers} answers, "
                          f"{len(watch.dead)} dead letter.")
        if not self.arguments.once:
            self.invite(watch)

    def start_servers(self):
        self.folder.chmod(0o755)
        self.screen.title("A private mail system on loopback: Dovecot and an SMTP server")
        self.lab = mail_lab.MailLab(self.folder / "mail")
        self.screen.line("  " + ", ".join(f"{name} {port}"
                                          for name, port in self.lab.ports.items()))
        self.screen.title("Postroom with three partitions: IT, Support and HR")
        self.node = Node(self.arguments.binary, self.folder, self.lab.password)
        render_examples(self.node, self.lab)
        self.node.start()
        self.node.wait_for_health()
        self.screen.line(f"  process {self.node.process.pid}, data in {self.node.data}")

    def deliver(self):
        self.screen.title("Mails arrive")
        for mailbox, name, raw in expected.to_deliver():
            self.screen.mail(mailbox, name, len(raw))
            self.lab.deliver(mailbox, raw)

    def follow(self):
        self.screen.title("and become calls (HR's mailbox is POP3: it is asked every 10 seconds)")
        watch = Watch(self.node, self.lab, self.screen)
        watch.look()
        watch.follow()
        return watch

    def invite(self, watch):
        self.screen.line()
        self.node.show("status")
        number = max(call_number(call) for call in watch.calls.values()
                     if call["partition"] == "IT")
        name = os.path.relpath(self.node.binary)
        self.screen.title("Look at it from another terminal:")
        self.screen.line(f"  export POSTROOM_SOCKET={self.node.socket}")
        for words in ("calls", f"call {number}", "ledger --mailbox it-inbox", "quarantine",
                      "outbox --all", "status --watch"):
            self.screen.line(f"  {name} {words}")
        self.screen.line(f"  {os.path.relpath(mail_lab.PROGRAM)} deliver --dir {self.lab.folder} "
                         "--user it YOUR.eml")
        self.screen.line(f"  http://127.0.0.1:{self.node.metrics_port}/metrics")
        self.screen.title("Ctrl-C stops and removes all of it.")
        while self.node.running():
            threading.Event().wait(1)
        raise NodeError(f"postroom serve ended: {self.node.last_words()}")

    def end(self):
        """Stops everything that was started; the complaint about it, if any."""
        complaint = None
        try:
            if self.node is not None:
                self.node.stop()
        except NodeError as error:
            complaint = str(error)
        if self.lab is not None:
            self.lab.end(keep=self.arguments.keep)
        if not self.arguments.keep:
            shutil.rmtree(self.folder, ignore_errors=True)
        return complaint


def on_signals(handler):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handler)


def play(demo):
    """Runs the demo; the complaint about it, if any."""
    try:
        demo.run()
    except Interrupted:
        demo.screen.line()
        return "interrupted" if demo.arguments.once else None
    except (DemoError, NodeError, RuntimeError, OSError, smtplib.SMTPException,
            subprocess.SubprocessError) as error:
        return str(error)
    return None


def main():
    arguments = parse_arguments()
    on_signals(interrupt)
    try:
        demo = Demo(arguments, make_folder(arguments.keep))
    except (DemoError, Interrupted) as error:
        sys.exit(f"quickstart: {error}")
    complaint = play(demo)
    # From here on everything is taken down, whatever key is pressed.
    on_signals(signal.SIG_IGN)
    complaint_at_end = demo.end()
    if complaint or complaint_at_end:
        sys.exit(f"quickstart: {complaint or complaint_at_end}")


main()
