#!/usr/bin/python3
"""Generates the JavaScript of our schemas, starts the test server and runs calls.test.mjs against it.

usage: run.py --server CONNECT_TEST_SERVER --work FOLDER    FOLDER keeps the npm packages for the next run
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROTO = HERE.parent.parent / "proto"
COPIED = ("package.json", "package-lock.json", ".npmrc", "calls.test.mjs", "fill.mjs")


def need(program, package):
    if not shutil.which(program):
        sys.exit(f"{program} is missing: install Debian's package {package} "
                 "(deploy/install-packages --tests does)")


def prepare(work):
    work.mkdir(parents=True, exist_ok=True)
    stamp = work / "installed-lock.json"
    for name in COPIED:
        shutil.copy(HERE / name, work / name)
    lock = (work / "package-lock.json").read_text()
    if not stamp.exists() or stamp.read_text() != lock:
        subprocess.run(["npm", "ci", "--no-progress"], cwd=work, check=True)
        stamp.write_text(lock)


def generate(work):
    target = work / "gen"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    schemas = sorted(str(path.relative_to(PROTO)) for path in PROTO.rglob("*.proto"))
    plugin = work / "node_modules/.bin/protoc-gen-es"
    subprocess.run(["protoc", f"--plugin=protoc-gen-es={plugin}", f"--es_out={target}",
                    "--es_opt=target=js,import_extension=js", "-I", str(PROTO), *schemas], check=True)


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--server", required=True, type=Path)
    options.add_argument("--work", required=True, type=Path)
    given = options.parse_args()
    need("node", "nodejs")
    need("npm", "npm")
    prepare(given.work)
    generate(given.work)
    with tempfile.TemporaryDirectory(prefix="postroom-connect-") as folder:
        # The server ends when its input does, so also when this program is killed.
        server = subprocess.Popen([given.server, folder], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)
        try:
            where = json.loads(server.stdout.readline())
            tests = subprocess.run(
                ["node", "--test", "calls.test.mjs"], cwd=given.work, check=False,
                env={**os.environ, "POSTROOM_PORT": str(where["port"]), "POSTROOM_FILES": folder})
        finally:
            server.stdin.close()
            ended = server.wait(timeout=30)
    sys.exit(tests.returncode or ended)


main()
