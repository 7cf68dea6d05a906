"""Running the three fetchers over one mailbox, each measured the same way."""
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "deploy"))

from harness import metrics  # noqa: E402
from harness.node import Node, NodeError, fill_in  # noqa: E402

RUN_SECONDS = 1800
TICK = os.sysconf("SC_CLK_TCK")

NODE = """\
data_dir: ${DATA_DIR}
partitions_dir: ${PARTITIONS_DIR}
metrics_listen: 127.0.0.1:${METRICS_PORT}
log: {level: warn}
"""

PARTITION = """\
id: BENCH
name: Benchmark
impacts: [One]
urgencies: [Normal]
priorities: [Normal]
matrix:
  - impact: One
    priority: {Normal: Normal}
statuses: [Incident]
streams: [Software]
screen_sets:
  - {name: Incident, status: Incident, stream: Software}
templates:
  - {name: Mail, status: Incident, stream: Software, impact: One, urgency: Normal}
people:
  - {name: Desk, addresses: [desk@example.org], analyst: true}
incoming:
  - name: bench-inbox
    protocol: IMAP
    host: localhost
    port: ${IMAPS_PORT}
    security: TLS
    ca_file: ${CA_FILE}
    login: ${LOGIN}
    password: env:DEMO_PASSWORD
    call_template: Mail
    default_logging_analyst: desk@example.org
    start_from: ${START_FROM}
    after_commit: leave
answer_limits: {flood_after: 0}
"""

MBSYNC = """\
IMAPAccount lab
Host localhost
Port {port}
User {user}
Pass {password}
SSLType IMAPS
CertificateFile {ca_file}

IMAPStore far
Account lab

MaildirStore near
Path {folder}/
Inbox {folder}/inbox
SubFolders Verbatim

Channel bench
Far :far:
Near :near:
Sync Pull New
SyncState *
"""


def new_node(binary, folder, lab, login, start_from):
    shutil.rmtree(folder, ignore_errors=True)
    node = Node(binary, folder, lab.password)
    values = {**node.values(lab), "LOGIN": login, "START_FROM": start_from}
    node.config.write_text(fill_in(NODE, values))
    (node.partitions / "bench.yaml").write_text(fill_in(PARTITION, values))
    return node


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def peak_mib(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) / 1024


def result(name, mails, seconds, cpu, peak):
    return {"client": name, "mails": mails, "seconds": seconds, "rate": mails / seconds,
            "cpu_per_1000": cpu / mails * 1000, "peak_mib": peak}


def postroom(binary, folder, lab, login, mails):
    """From the start of the process until every mail is a durable call."""
    node = new_node(binary, folder, lab, login, "all")
    begin = time.monotonic()
    node.start()
    try:
        node.wait_for_health()
        while True:
            # A counter moves after its mails' commit was synced.
            done = metrics.total(node.get("/metrics"), "postroom_mails_total")
            seconds = time.monotonic() - begin
            if done >= mails:
                break
            if not node.running() or seconds > RUN_SECONDS:
                raise NodeError(f"{done:.0f} of {mails} mails after {seconds:.0f} s: "
                                f"{node.last_words()}")
            time.sleep(0.02)
        measured = result("postroom", mails, seconds, cpu_seconds(node.process.pid),
                          peak_mib(node.process.pid))
        check_ledger(node, mails)
        node.stop()
        return measured
    finally:
        node.kill()
        shutil.rmtree(folder, ignore_errors=True)


def check_ledger(node, mails):
    ledger = node.ask("ledger", "--mailbox", "bench-inbox", "--limit", "1")
    outcomes = {name: int(count) for name, count in ledger["state"]["outcomes"].items()}
    if int(ledger["entries_total"]) != mails or outcomes.get("logged") != mails:
        raise NodeError(f"the ledger does not agree with {mails} mails: {outcomes}")


def child(command, environment):
    """(standard output, seconds, CPU seconds, peak MiB) of a program that must succeed."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env={**os.environ, **environment})
    output, complaint = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - begin
    if os.waitstatus_to_exitcode(status) != 0:
        raise RuntimeError(f"{command[0]} failed: {complaint.strip()}")
    return output, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def raw_fetch(program, lab, login, mails):
    output, _, cpu, peak = child([program, str(lab.ports["imaps"]), lab.ca_file, login],
                                 {"BENCH_PASSWORD": lab.password})
    answer = json.loads(output)
    if answer["mails"] != mails:
        raise RuntimeError(f"raw_fetch saw {answer['mails']} of {mails} mails")
    return result("raw_fetch", mails, answer["seconds"], cpu, peak)


def mbsync(folder, lab, login, mails):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    settings = folder / "mbsyncrc"
    settings.write_text(MBSYNC.format(port=lab.ports["imaps"], user=login, password=lab.password,
                                      ca_file=lab.ca_file, folder=folder))
    settings.chmod(0o600)
    try:
        _, seconds, cpu, peak = child(["mbsync", "-c", str(settings), "bench"],
                                      {"HOME": str(folder)})
        got = sum(len(list((folder / "inbox" / part).iterdir())) for part in ("new", "cur"))
        if got != mails:
            raise RuntimeError(f"mbsync fetched {got} of {mails} mails")
        return result("mbsync", mails, seconds, cpu, peak)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def machine():
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2 ** 30
    return f"{os.cpu_count()} cores ({model.group(1) if model else 'unknown'}), {memory:.0f} GiB"


def raise_limits():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
