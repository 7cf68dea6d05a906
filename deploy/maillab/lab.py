"""Starts, describes and ends one lab: Dovecot plus the SMTP server, all files below one folder."""
import grp
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import certificates
import dovecot
import processes
from errors import LabError

PORTS = ("imap", "imaps", "pop3", "pop3s", "lmtp", "smtp", "smtp_starttls", "smtps")
OPTIONS = ("password", "size_limit", "auth_failure_delay", "idle_check", "sieve_submission",
           "introspection", "owner_pid")
START_SECONDS = 20.0
STOP_SECONDS = 5.0
# Dovecot keeps Unix sockets below the folder; sun_path holds 107 bytes.
LONGEST_FOLDER = 70


def account():
    """The account the servers run as: the caller, or nobody for root, since Dovecot opens no
    mailbox as root."""
    entry = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    return entry.pw_name, entry.pw_uid, entry.pw_gid, grp.getgrgid(entry.pw_gid).gr_name


def load(folder):
    try:
        return json.loads((folder / "lab.json").read_text())
    except FileNotFoundError:
        raise LabError(f"there is no lab in {folder}; start one with: maillab start --dir {folder}")


def prepare(folder):
    if len(str(folder)) > LONGEST_FOLDER:
        raise LabError(f"--dir {folder} is too long for Unix sockets; use at most "
                       f"{LONGEST_FOLDER} characters")
    if (folder / "lab.json").exists():
        raise LabError(f"{folder} already holds a lab; end it with: maillab remove --dir {folder}")
    folder.mkdir(parents=True, exist_ok=True)
    _, uid, gid, _ = account()
    for path in (folder, folder / "mail", folder / "run", folder / "log"):
        path.mkdir(exist_ok=True)
        if os.geteuid() == 0:
            os.chown(path, uid, gid)
        path.chmod(0o755)
    check_reachable(folder, uid)


def check_reachable(folder, uid):
    if os.geteuid() != 0:
        return
    for parent in folder.parents:
        status = parent.stat()
        if not status.st_mode & 0o001 and status.st_uid != uid:
            raise LabError(f"the servers run as nobody and cannot enter {parent}; choose a --dir "
                           "below a folder that everyone may enter, such as /tmp")


def as_account():
    """Arguments for subprocess that drop root."""
    name, _, _, group = account()
    return {"user": name, "group": group, "extra_groups": []} if os.geteuid() == 0 else {}


def start_smtp(folder, settings):
    with open(folder / "log" / "smtp.log", "ab") as log:
        server = subprocess.Popen(
            [sys.executable, "-B", str(Path(__file__).with_name("smtp_server.py"))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, start_new_session=True,
            cwd="/")
    # It drops root itself, once it has read its code: the checkout may be below /root.
    drop_to = list(account()[1:3]) if os.geteuid() == 0 else None
    server.stdin.write(json.dumps({**settings, "folder": str(folder), "drop_to": drop_to}).encode())
    server.stdin.close()
    return server


def finish_smtp(server, folder):
    line = server.stdout.readline()
    if not line:
        raise LabError("the SMTP server did not start: " + tail(folder / "log" / "smtp.log"))
    return json.loads(line)


def tail(path):
    try:
        return " / ".join(path.read_text(errors="replace").splitlines()[-5:])
    except OSError:
        return "no log was written"


def wait_for(host, port, deadline):
    while True:
        try:
            with socket.create_connection((host, port), timeout=1):
                return
        except OSError as error:
            if time.monotonic() > deadline:
                raise LabError(f"port {port} does not answer: {error}")
            time.sleep(0.02)


def start(folder, options):
    prepare(folder)
    certificates.create(folder / "tls")
    settings = {name: getattr(options, name) for name in OPTIONS}
    settings["users"] = [user.lower() for user in options.users.split(",")]
    settings["ports"] = {name: getattr(options, f"{name}_port") for name in PORTS}
    return run_servers(folder, settings)


def resume(folder):
    """Starts a stopped lab again, on the ports it had."""
    state = load(folder)
    if any(processes.alive(process) for process in state["pids"].values()):
        raise LabError(f"the lab in {folder} runs")
    return run_servers(folder, state)


def run_servers(folder, settings):
    running = {}
    try:
        pid, own_ports = dovecot.start(folder, settings, account(), as_account())
        running["dovecot"] = processes.identity(pid)
        server = start_smtp(folder, {**settings, "ports": {**settings["ports"], **own_ports}})
        running["smtp"] = processes.identity(server.pid)
        ports = {**own_ports, **finish_smtp(server, folder)}
        deadline = time.monotonic() + START_SECONDS
        for port in ports.values():
            wait_for("127.0.0.1", port, deadline)
    except BaseException:
        end(running)
        raise
    state = {**settings, "host": "127.0.0.1", "ports": ports, "pids": running,
             "ca_file": str(folder / "tls" / "ca.pem"), "mail_dir": str(folder / "mail")}
    partial = folder / "lab.json.new"
    partial.write_text(json.dumps(state, indent=2) + "\n")
    partial.rename(folder / "lab.json")
    return state


def end(running, grace=STOP_SECONDS):
    """SIGTERM, a bounded wait, then SIGKILL for the processes and every child they left behind."""
    known = []
    for identity in running.values():
        known += processes.family(identity)
    for identity in running.values():
        processes.send(identity, signal.SIGTERM)
    processes.send_all(known, signal.SIGCONT)
    if not processes.wait_gone(known, grace):
        processes.send_all(known, signal.SIGKILL)
        processes.wait_gone(known, STOP_SECONDS)


def stop(folder):
    end(load(folder)["pids"])


def remove(folder):
    # Nothing of it is kept, so nothing is waited for.
    end(load(folder)["pids"], grace=0.1)
    shutil.rmtree(folder, ignore_errors=True)


def freeze(folder):
    for identity in load(folder)["pids"].values():
        processes.send_all(processes.family(identity), signal.SIGSTOP)


def thaw(folder):
    for identity in load(folder)["pids"].values():
        processes.send_all(processes.family(identity), signal.SIGCONT)
