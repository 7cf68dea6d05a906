"""What the end-to-end scripts share: a mail system and a node in a folder of their own, waits with a bound, a command line."""
import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
SOURCE = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(SOURCE / "deploy"), str(SOURCE / "tests/fault"), str(SOURCE / "tests/simulators")]

from harness import exit_on_signals  # noqa: E402
from harness.mail_lab import MailLab  # noqa: E402
from harness.node import Node, NodeError  # noqa: E402

WAIT_SECONDS = 60


def wait(what, condition, seconds=WAIT_SECONDS, node=None):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise NodeError(f"{what}: not within {seconds} s; {node.last_words() if node else ''}")
        time.sleep(0.1)


class Trial:
    """`lab_options`: of the mail system, as deploy/maillab takes them."""

    def __init__(self, binary, folder, *lab_options):
        self.folder = folder
        self.lab = MailLab(folder / "lab", *lab_options)
        self.node = Node(binary, folder / "node", self.lab.password)

    def start_node(self):
        self.node.start()
        self.node.wait_for_health()

    def wait(self, what, condition, seconds=WAIT_SECONDS):
        wait(what, condition, seconds, self.node)

    def mailboxes(self):
        """Those of the partitions that are open."""
        return [box for part in self.node.ask("status")["partitions"] for box in part.get("mailboxes", [])]

    def mailbox_state(self):
        """Of the only one."""
        boxes = self.mailboxes()
        return boxes[0]["state"] if boxes else "none"

    def end(self):
        self.node.kill()
        self.lab.end()


def run(doc, kind, play):
    """The whole of a script: `play` with a trial of this kind. What goes wrong ends it with a message."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--binary", required=True)
    arguments = parser.parse_args()
    exit_on_signals()
    with tempfile.TemporaryDirectory(prefix="postroom-e2e-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the mail system's servers run as somebody else
        try:
            trial = kind(arguments.binary, folder)
            try:
                play(trial)
            finally:
                trial.end()
        except (NodeError, RuntimeError, OSError) as error:
            sys.exit(f"FAILED: {error}")
