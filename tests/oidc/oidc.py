"""A real OpenID provider (npm oidc-provider, tests/oidc/provider.mjs) for a Python program, and a browser that signs in there."""
import http.client
import http.cookiejar
import json
import re
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
FILES = ("package.json", "package-lock.json", ".npmrc", "provider.mjs")
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


class OidcError(Exception):
    """What went wrong."""


def prepare(work):
    """Fetches the pinned npm packages into `work`, once."""
    for program in ("node", "npm"):
        if not shutil.which(program):
            raise OidcError(f"{program} is missing: deploy/install-packages --tests installs it")
    work.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copy(HERE / name, work / name)
    stamp, lock = work / "installed-lock.json", (work / "package-lock.json").read_text()
    if not stamp.exists() or stamp.read_text() != lock:
        subprocess.run(["npm", "ci", "--no-progress"], cwd=work, check=True)
        stamp.write_text(lock)


class Provider:
    """Ends with `end`, or with this program."""

    def __init__(self, work, certificate, callback):
        prepare(work)
        self.log = open(work / "provider.log", "ab")
        self.process = subprocess.Popen(["node", "provider.mjs", str(certificate), callback],
                                        cwd=work, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.log, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise OidcError("the provider did not start: " + (work / "provider.log").read_text()[-500:])
        self.port = json.loads(line)["port"]
        self.origin = f"http://127.0.0.1:{self.port}"

    def control(self, **command):
        request = urllib.request.Request(self.origin + "/control", json.dumps(command).encode())
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def counts(self):
        """How often each client asked for a token."""
        return self.control(count=True)

    @property
    def introspection(self):
        return f"http://checker:checker-secret@127.0.0.1:{self.port}/token/introspection"

    def end(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.log.close()


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Browser:
    """Follows the provider's redirects and fills in its forms; gives the address it ends at."""

    def __init__(self, provider):
        self.origin = provider.origin
        self.opener = urllib.request.build_opener(
            NoRedirect, urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def fetch(self, url, fields=None):
        """(address the browser is sent to or None, text of the page)"""
        body = urllib.parse.urlencode(fields).encode() if fields else None
        try:
            with self.opener.open(url, body, timeout=20) as answer:
                return None, answer.read().decode()
        except urllib.error.HTTPError as error:
            if error.code not in (302, 303, 307):
                raise OidcError(f"{error.code} of {url}: {error.read().decode()[:500]}") from error
            return urllib.parse.urljoin(url, error.headers["Location"]), ""

    def follow(self, url, fields=None):
        for _ in range(20):
            where, page = self.fetch(url, fields)
            if where is None:
                return url, page
            if not where.startswith(self.origin):
                return where, ""
            url, fields = where, None
        raise OidcError("too many redirects")

    def authorize(self, url):
        return self.follow(url)[0]

    def type_code(self, url, code):
        """RFC 8628: the code, the confirmation, the sign-in."""
        _, page = self.fetch(url)
        fields = {**dict(HIDDEN.findall(page)), "user_code": code}
        where, page = self.fetch(url, fields)
        if where is None:
            self.follow(url, {**dict(HIDDEN.findall(page)), "user_code": code, "confirm": "yes"})
        else:
            self.follow(where)
