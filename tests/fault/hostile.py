#!/usr/bin/python3
"""Clients who want to do harm reach the admin methods over HTTPS while mails come in.

Slow heads, huge bodies, gzip bombs, thousands of connections, broken frames, garbage in place of TLS, requests of noise for
every method, and guessed passwords, one kind after the other. Throughout, mails become calls, an honest client on the admin
socket is answered, and memory stays under a bound. Real binary, real Dovecot.
"""
import argparse
import contextlib
import gzip
import json
import random
import resource
import shutil
import socket
import ssl
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
sys.path[:0] = [str(HERE), str(SOURCE / "deploy")]

import aftermath  # noqa: E402
from harness import exit_on_signals  # noqa: E402
from harness.admin import Admin, Refused, methods  # noqa: E402
from harness.mail_lab import MailLab  # noqa: E402
from harness.node import Node, NodeError, fill_in, free_port  # noqa: E402
from mailboxes import LabMailbox, partition_text  # noqa: E402

LOGIN = "crash"
SENDERS = 20
ATTACKERS = 8
# 128 MiB of bodies, as much again of what is being made of them, one unpacked body for each thread, and the mails.
MEMORY_MIB = 640
HONEST_SECONDS = 10  # an honest call takes this long at most; what it takes is printed
LISTEN = """\
admin_listen: 127.0.0.1:${ADMIN_PORT}
admin_tls: {certificate_file: ${TLS}/server.pem, key_file: ${TLS}/server.key}
"""


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--mails", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=15, help="of each kind of attack")
    parser.add_argument("--connections", type=int, default=2000)
    parser.add_argument("--memory", type=int, default=MEMORY_MIB, help="bound in MiB")
    parser.add_argument("--seed", type=int, default=None)
    return parser.parse_args()


class Enemy:
    """The attacks; each runs in several threads until its time is over."""

    def __init__(self, port, ca_file, arguments, seed, token):
        self.port, self.arguments, self.token = port, arguments, token
        self.context = ssl.create_default_context(cafile=str(ca_file))
        self.chance = random.Random(seed)
        self.deadline = 0.0
        self.attempts = self.answers = 0
        self.bomb = gzip.compress(bytes(256 << 20), 9)  # 256 MiB in 250 KB
        self.methods = methods()

    def kinds(self):
        return [self.slow_heads, self.huge_declared, self.huge_chunked, self.gzip_bombs, self.crowd,
                self.broken_frames, self.garbage_tls, self.noise, self.noise_in_json, self.guessing]

    def attack(self, kind):
        self.deadline = time.monotonic() + self.arguments.seconds
        self.attempts = self.answers = 0
        threads = [threading.Thread(target=self.repeat, args=(kind, random.Random(self.chance.random())), daemon=True)
                   for _ in range(ATTACKERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def repeat(self, kind, chance):
        while self.goes_on():
            self.attempts += 1
            # To be cut off is what an attacker expects.
            with contextlib.suppress(OSError, EOFError):
                kind(chance)

    def goes_on(self):
        return time.monotonic() < self.deadline

    def plain(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=5)

    def tls(self):
        plain = self.plain()
        try:
            return self.context.wrap_socket(plain, server_hostname="localhost")
        except OSError:
            plain.close()
            raise

    def post(self, to, method, body, *headers, content_type="application/proto"):
        head = (f"POST /postroom.admin.v1.{method} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {content_type}\r\n"
                + "".join(f"{header}\r\n" for header in headers))
        if not any(header.startswith(("Content-Length", "Transfer-Encoding")) for header in headers):
            head += f"Content-Length: {len(body)}\r\n"
        to.sendall(head.encode() + b"\r\n" + body)

    def answer(self, of):
        """Reads some of it; an attacker need not know how it ends."""
        if of.recv(65536):
            self.answers += 1

    def slow_heads(self, chance):
        slow = [self.tls() for _ in range(40)]
        for connection in slow:
            connection.sendall(b"POST /postroom.admin.v1.StatusService/Get HTTP/1.1\r\nX: ")
        while self.goes_on():
            for connection in slow:
                with contextlib.suppress(OSError):
                    connection.sendall(b"x")
            time.sleep(0.5)
        close_all(slow)

    def huge_declared(self, chance):
        with self.tls() as to:
            self.post(to, "SettingsService/Apply", b"", f"Content-Length: {chance.choice((1 << 26, 1 << 27, 1 << 40, 1 << 62))}")
            piece = bytes(65536)
            for _ in range(4096):
                if not self.goes_on():
                    return
                to.sendall(piece)
            self.answer(to)

    def huge_chunked(self, chance):
        with self.tls() as to:
            self.post(to, "SettingsService/Apply", b"", "Transfer-Encoding: chunked")
            piece = b"10000\r\n" + bytes(65536) + b"\r\n"
            while self.goes_on():
                to.sendall(piece)

    def gzip_bombs(self, chance):
        with self.tls() as to:
            self.post(to, chance.choice(self.methods), self.bomb, "Content-Encoding: gzip")
            self.answer(to)

    def crowd(self, chance):
        """Connections that say nothing, and some that shake hands first."""
        crowd = []
        try:
            for _ in range(self.arguments.connections // ATTACKERS):
                crowd.append(self.plain() if chance.random() < 0.7 else self.tls())
                if not self.goes_on():
                    break
        finally:
            self.answers += len(crowd)
            time.sleep(max(0.0, min(2.0, self.deadline - time.monotonic())))
            close_all(crowd)

    def broken_frames(self, chance):
        path = b"POST /postroom.admin.v1.StatusService/Get HTTP/1.1\r\n"
        frames = [
            path + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
            path + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            path + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
            path + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n",
            path + b"Content-Length: -1\r\n\r\n", path + b"Content-Length: 1e9\r\n\r\n",
            path + b"Host\x00: a\r\n\r\n", path + b"A: b\r\n" * 4000, b"A" * 100_000, b"\x00" * 5000,
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET " + b"/.." * 40_000 + b" HTTP/1.1\r\n\r\n",
            chance.randbytes(chance.randrange(1, 5000)),
            path + b"Content-Type: application/proto\r\nContent-Length: 0\r\n\r\n" * 300,
        ]
        with self.tls() as to:
            to.sendall(chance.choice(frames))
            self.answer(to)

    def garbage_tls(self, chance):
        hello = (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + chance.randbytes(506))
        with self.plain() as to:
            to.sendall(chance.choice([
                chance.randbytes(chance.randrange(1, 20_000)), hello, hello[:chance.randrange(1, 300)],
                b"\x16\x03\x01\xff\xff" + chance.randbytes(3000), b"GET / HTTP/1.0\r\n\r\n",
                b"\x15\x03\x03\x00\x02\x02\x28" * 500]))
            self.answer(to)

    def noise(self, chance):
        with self.tls() as to:
            for method in chance.sample(self.methods, len(self.methods)):
                if not self.goes_on():
                    return
                self.post(to, method, chance.choice((random_fields, random_bytes))(chance), *self.signed_in(chance))
                self.answer(to)

    def noise_in_json(self, chance):
        with self.tls() as to:
            for method in chance.sample(self.methods, len(self.methods)):
                if not self.goes_on():
                    return
                body = json.dumps(random_json(chance, 0)).encode() if chance.random() < 0.7 else chance.choice(
                    (b"[" * 100_000, b'{"a":' * 50_000, b"\xff\xfe{}", b'{"partition": "' + b"\\u0000" * 5000 + b'"}',
                     b"1e999999", b'{"page_size": 1e400}'))
                self.post(to, method, body, *self.signed_in(chance), content_type="application/json")
                self.answer(to)

    def signed_in(self, chance):
        """Half of the noise comes from somebody who may read everything: it gets further."""
        return chance.choice(((), (f"Authorization: Bearer {self.token}",)))

    def guessing(self, chance):
        with self.tls() as to:
            for _ in range(50):
                if not self.goes_on():
                    return
                name = chance.choice(("admin", "root", f"person{chance.randrange(10 ** 6)}"))
                body = json.dumps({"name": name, "password": f"{chance.randrange(10 ** 12)}" * chance.choice((1, 50))})
                self.post(to, "AccessService/SignIn", body.encode(), content_type="application/json")
                self.answer(to)


def close_all(connections):
    for connection in connections:
        with contextlib.suppress(OSError):
            connection.close()


def random_bytes(chance):
    return chance.randbytes(chance.choice((0, 1, 7, 100, 5000)))


def random_fields(chance, depth=0):
    """Bytes that a protobuf parser takes for fields, some of them nested deeply."""
    out = b""
    for _ in range(chance.randrange(6)):
        number, wire = chance.randrange(1, 16), chance.choice((0, 1, 2, 2, 2, 3, 5))
        out += bytes([number << 3 | wire])
        if wire == 2:
            inner = random_fields(chance, depth + 1) if depth < 5 and chance.random() < 0.6 else chance.randbytes(9)
            out += bytes([len(inner) & 0x7F]) + inner
        else:
            out += chance.randbytes({0: 1, 1: 8, 3: 0, 5: 4}[wire])
    return out


def random_json(chance, depth):
    names = ("partition", "page_size", "page_token", "call", "mailbox", "id", "who", "name", "value", "partitions", "general")
    if depth > 3 or chance.random() < 0.4:
        return chance.choice((None, True, -1, 2 ** 70, 1.5, "IT", "x" * 3000, "\x00", [], {}))
    if chance.random() < 0.3:
        return [random_json(chance, depth + 1) for _ in range(chance.randrange(5))]
    return {chance.choice(names): random_json(chance, depth + 1) for _ in range(chance.randrange(5))}


class Honest(threading.Thread):
    """Asks by the admin socket, ten times a second."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.admin = Admin.local(path, HONEST_SECONDS)
        self.took, self.failed = [], []
        self.over = threading.Event()

    def run(self):
        while not self.over.wait(0.1):
            begin = time.monotonic()
            try:
                self.admin.call("StatusService/Get")
                self.took.append(time.monotonic() - begin)
            except (OSError, Refused) as error:
                self.failed.append(f"an honest call failed: {error}")

    def end(self):
        self.over.set()
        self.join()


class Courier(threading.Thread):
    """Delivers mails as long as the attacks last, and all of them."""

    def __init__(self, lab, mails, seconds):
        super().__init__(daemon=True)
        self.lab, self.mails, self.gap = lab, mails, seconds / mails
        self.error = None

    def run(self):
        try:
            for number in range(self.mails):
                self.lab.deliver(LOGIN, (
                    f"From: Person {number % SENDERS} <person{number % SENDERS}@example.org>\nTo: crash@example.org\n"
                    f"Subject: number {number}\nMessage-ID: <crash-{number}@example.org>\n\nHello {number}\n").encode())
                time.sleep(self.gap)
        except OSError as error:
            self.error = error


class Trial:
    def __init__(self, arguments, folder, seed):
        self.arguments, self.seed = arguments, seed
        self.lab = MailLab(folder / "lab")
        self.node = Node(arguments.binary, folder / "node", self.lab.password)
        values = {**self.node.values(self.lab), "ADMIN_PORT": free_port(), "TLS": Path(self.lab.ca_file).parent}
        self.port = values["ADMIN_PORT"]
        (self.node.partitions / "crash.yaml").write_text(
            partition_text(values, LabMailbox(self.lab, "IMAP", LOGIN)))
        self.node.config.write_text(fill_in((HERE / "node.yaml").read_text() + LISTEN, values))

    def make_reader(self):
        """A token that may read everything; and somebody named `admin`, whose password can be guessed at."""
        rights = ("VIEW_CALLS", "OUTBOX", "QUARANTINE", "VIEW_STATUS", "AUDIT")
        self.node.ask("access", "roles", "put", "reader", *[word for r in rights for word in ("--grant", r)])
        password = self.node.folder / "password"
        password.touch(mode=0o600)
        password.write_text("a password that nobody guesses\n")
        self.node.ask("access", "principals", "add", "admin", "--role", "reader", "--password-file", str(password))
        return self.node.ask("access", "tokens", "create", "noise", "--principal", "admin")["secret"]

    def memory(self, what="VmRSS"):
        status = Path(f"/proc/{self.node.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(what)) / 1024

    def run(self):
        self.node.start()
        self.node.wait_for_health()
        token = self.make_reader()
        enemy = Enemy(self.port, self.lab.ca_file, self.arguments, self.seed, token)
        courier = Courier(self.lab, self.arguments.mails, self.arguments.seconds * len(enemy.kinds()) * 0.9)
        honest = Honest(self.node.socket)
        courier.start()
        honest.start()
        for kind in enemy.kinds():
            before = len(honest.took)
            enemy.attack(kind)
            if not self.node.running():
                raise NodeError(f"{kind.__name__} ended the server: {self.node.last_words()}")
            took = honest.took[before:] or [float("inf")]
            print(f"{kind.__name__:14s} {enemy.attempts:6d} attempts, {enemy.answers:6d} answers; honest calls took "
                  f"{max(took) * 1000:6.0f} ms at most; memory {self.memory():4.0f} MiB", flush=True)
        courier.join()
        if courier.error:
            raise courier.error
        aftermath.wait(self.node, self.arguments.mails)
        honest.end()
        Admin.remote(self.port, self.lab.ca_file, token, HONEST_SECONDS).call("StatusService/Get")
        return honest

    def judge(self, honest):
        wrong = honest.failed[:5]
        mails = self.arguments.mails
        wrong += aftermath.call_differences(self.node, mails)
        wrong += aftermath.ledger_differences(self.node, mails)
        if (peak := self.memory("VmHWM")) > self.arguments.memory:
            wrong.append(f"the server took {peak:.0f} MiB; the bound is {self.arguments.memory}")
        print(f"{mails} mails, {len(honest.took)} honest calls, peak {peak:.0f} MiB, {len(wrong)} differences", flush=True)
        wrong += [line for line in self.node.log.read_text(errors="replace").splitlines() if "_threw" in line][:5]
        self.node.stop()
        return wrong

    def end(self):
        self.node.kill()
        self.lab.end()


def run(arguments, folder):
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(2 ** 32)
    print(f"seed {seed}", flush=True)
    trial = Trial(arguments, folder, seed)
    try:
        return trial.judge(trial.run())
    except (NodeError, Refused, RuntimeError, OSError) as error:
        return [str(error)]
    finally:
        trial.end()


def main():
    arguments = parse_arguments()
    exit_on_signals()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65536), most))
    folder = Path(tempfile.mkdtemp(prefix="postroom-hostile-", dir="/tmp"))
    folder.chmod(0o755)
    wrong = run(arguments, folder)
    for difference in wrong[:20]:
        print(difference)
    if wrong and (folder / "node" / "postroom.log").exists():
        print("\n".join((folder / "node" / "postroom.log").read_text(errors="replace").splitlines()[-40:]))
    shutil.rmtree(folder, ignore_errors=True)
    sys.exit(1 if wrong else 0)


main()
