"""One `postroom serve` process, and the command line as a person uses it."""
import ctypes
import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from string import Template

START_SECONDS = 30
STOP_SECONDS = 30
COMMAND_SECONDS = 60
PR_SET_PDEATHSIG = 1


class NodeError(Exception):
    """What went wrong."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def end_with_parent():
    """In the child: SIGTERM when this program dies without a chance to clean up."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def fill_in(text, values):
    """Replaces ${NAME}; words that are not among the values stay."""
    return Template(text).safe_substitute({name: str(value) for name, value in values.items()})


class Node:
    """Keeps node.yaml, partitions/, data/ and postroom.log below `folder`."""

    def __init__(self, binary, folder, password):
        self.binary = str(Path(binary).resolve())
        self.folder = Path(folder)
        self.config = self.folder / "node.yaml"
        self.partitions = self.folder / "partitions"
        self.data = self.folder / "data"
        self.socket = self.data / "admin.sock"
        self.log = self.folder / "postroom.log"
        self.environment = {**os.environ, "DEMO_PASSWORD": password}
        self.metrics_port = free_port()
        self.process = None
        self.data.mkdir(mode=0o700, parents=True)
        self.partitions.mkdir()

    def values(self, lab):
        """What the ${...} of deploy/examples stand for."""
        return {
            "DATA_DIR": self.data, "PARTITIONS_DIR": self.partitions,
            "METRICS_PORT": self.metrics_port, "CA_FILE": lab.ca_file,
            "IMAPS_PORT": lab.ports["imaps"], "IMAP_PORT": lab.ports["imap"],
            "POP3S_PORT": lab.ports["pop3s"], "SMTP_PORT": lab.ports["smtp_starttls"],
        }

    def start(self, **environment):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([self.binary, "serve", "--config", str(self.config)],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env={**self.environment, **environment},
                                            start_new_session=True, preexec_fn=end_with_parent)

    def wait_for_health(self):
        deadline = time.monotonic() + START_SECONDS
        while True:
            if self.process.poll() is not None:
                raise NodeError(f"postroom serve ended with exit code {self.process.returncode}: "
                                f"{self.last_words()}")
            try:
                self.get("/healthz")
                return
            except OSError as error:
                if time.monotonic() > deadline:
                    raise NodeError(f"/healthz does not answer: {error}; {self.last_words()}")
            time.sleep(0.02)

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}{path}",
                                    timeout=5) as answer:
            return answer.read().decode()

    def last_words(self):
        lines = self.log.read_text(errors="replace").splitlines()
        return " / ".join(lines[-8:]) or "it said nothing"

    def ask(self, *words):
        """The answer of `postroom WORDS --json`."""
        done = subprocess.run([self.binary, *words, "--json", "--socket", str(self.socket)],
                              capture_output=True, text=True, timeout=COMMAND_SECONDS)
        if done.returncode != 0:
            raise NodeError(f"postroom {' '.join(words)}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def show(self, *words):
        """Runs `postroom WORDS` for a person to read."""
        subprocess.run([self.binary, *words, "--socket", str(self.socket)], check=False,
                       timeout=COMMAND_SECONDS)

    def running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        if self.running():
            self.process.kill()
            self.process.wait()

    def stop(self):
        """An orderly stop; complains when the process says that it was none."""
        if self.process is None:
            return
        if self.running():
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise NodeError(f"postroom serve did not stop within {STOP_SECONDS} s; it was killed")
        if code != 0:
            raise NodeError(f"postroom serve ended with exit code {code}: {self.last_words()}")
