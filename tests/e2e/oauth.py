#!/usr/bin/python3
"""OAuth 2.0 from the registration to the mail: every grant, one token for twenty mailboxes, a withdrawn one, and kill -9.

Real binary, real provider (npm oidc-provider), real Dovecot and SMTP server that ask the provider about each token.
"""
import argparse
import os
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
sys.path[:0] = [str(Path(__file__).resolve().parent)]

from oauth_site import SHARED, Site  # noqa: E402
from harness import exit_on_signals, metrics  # noqa: E402
from harness.node import NodeError  # noqa: E402
from oidc import OidcError  # noqa: E402

KILLED = -9


def expect(what, good):
    if not good:
        raise NodeError(what)


def applications(site):
    """Client credentials by secret and by certificate; twenty mailboxes cost one token."""
    site.fill_folders()
    site.deliver("cert")
    site.start()
    refused = site.run("apply", "-f", str(site.partition), good=False)
    expect("missing secrets were not refused", "oauth_clients[0].client_secret" in refused.stdout + refused.stderr)
    site.run("secrets", "put", "CRASH/app", value="app secret/+\n")
    site.run("secrets", "put", "CRASH/web", value="web-secret\n")
    site.run("secrets", "put", "CRASH/bad", value="wrong\n")
    site.run("apply", "-f", str(site.partition))
    site.wait_for_calls()
    counts = site.provider.counts()
    # `bad` is refused by its own secret, with the same client_id.
    bad = site.client("bad")
    expect(f"one token for {SHARED} mailboxes: {counts}",
           counts["app"] == 1 + int(bad["token_requests"])
           and site.client("app")["token_requests"] == "1")
    expect("the certificate signs in", site.client("cert")["state"] == "ready")
    site.wait("the wrong secret shows", lambda: site.mailbox("bad")["state"] == "parked")
    expect("by its name", site.mailbox("bad")["last_error"].startswith("oauth_secret_expired"))
    site.run("secrets", "put", "CRASH/bad", value="app secret/+\n")
    site.wait("the corrected secret gets a token", lambda: site.client("bad")["state"] == "ready")


def people(site):
    """A browser that comes back, one that cannot, and a code typed elsewhere."""
    site.wait("nobody authorised it", lambda: site.mailbox("web")["state"] == "parked")
    expect("by its name", site.mailbox("web")["last_error"].startswith("oauth_not_authorized"))
    for user in ("it", "pia", "tv"):
        site.deliver(user)
    where = site.authorize_web()
    expect("a state is good once", site.open_page(where)[0] == 400)

    begun = site.begin("desk")
    expect("it cannot come back", not begun["comes_back"])
    answer = site.browser("pia").authorize(begun["url"])
    site.run("oauth", "finish", "CRASH/desk", value=answer + "\n")

    site.provider.control(decline=True)
    begun = site.begin("desk")
    answer = site.browser("pia").authorize(begun["url"])
    declined = site.run("oauth", "finish", "CRASH/desk", value=answer + "\n", good=False)
    expect(f"a person who declines: {declined.stderr}", "access_denied" in declined.stderr)
    site.provider.control(decline=False)

    begun = site.begin("tv")
    site.browser("tv").type_code(begun["url"], begun["user_code"])
    site.wait("the device is authorised", lambda: site.client("tv")["authorized_at"] != "0")
    site.wait_for_calls()
    site.wait("the acknowledgements", lambda: site.lab.count("a") >= site.mails)


def withdrawn(site):
    """The error shows, and after the authorisation all mails come in."""
    site.provider.control(revoke="it")
    site.restart_lab()
    site.wait("it is parked", lambda: site.mailbox("web")["state"] == "parked")
    expect("by its name", site.mailbox("web")["last_error"].startswith("oauth_token_revoked"))
    expect("and the client says so", site.client("web")["state"] == "failing")
    for _ in range(5):
        site.deliver("it")
    site.authorize_web()
    site.wait_for_calls()
    expect("the client is well", site.client("web")["state"] == "ready")


def rotation(site):
    """kill -9 after the provider's answer is on disk and before anything uses it."""
    for name in ("desk", "tv"):  # else their token may be the one under way
        site.run("oauth", "forget", f"CRASH/{name}")
    for _ in range(3):
        site.node.stop()
        site.node.start(POSTROOM_INJECT="secrets.token.after_commit=kill@1")
        expect("it died", site.node.process.wait(60) == KILLED)
        site.start()
        site.deliver("it")
        site.wait_for_calls()
    expect("the rotated token is good", site.client("web")["state"] == "ready")


def aftermath(site):
    """What is told of it all, and what is not."""
    audit = site.node.ask("audit", "--what", "token stored", "--limit", "1000")["items"]
    expect(f"an entry for each authorisation alone: {len(audit)}", len(audit) == 4)
    expect("the audit is intact", site.node.ask("audit", "verify")["intact"])
    expect("tokens are no secrets of people", [s["name"] for s in site.node.ask(
        "secrets", "list", "--partition", "CRASH")["secrets"]] == ["app", "bad", "web"])
    days = "postroom_oauth_days_left"
    site.wait("the metrics", lambda: days in site.node.get("/metrics"))
    text = site.node.get("/metrics")
    expect("the certificate's days", metrics.total(text, days, client="cert", what="certificate") in (9, 10))
    expect("the refresh token's", metrics.total(text, days, client="web", what="refresh_token") in (89, 90))
    site.run("oauth", "forget", "CRASH/web")
    site.wait("it is forgotten", lambda: site.mailbox("web")["state"] == "parked")
    expect("by its name", site.mailbox("web")["last_error"].startswith("oauth_not_authorized"))
    log = site.node.log.read_text()
    expect("the log holds no codes", "code=" not in log and "state=" not in log.replace("state=running", ""))
    expect("it warned of the certificate", "oauth_ends_soon" in log)
    site.node.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--work", required=True, type=Path, help="keeps the npm packages for the next run")
    arguments = parser.parse_args()
    exit_on_signals()
    with tempfile.TemporaryDirectory(prefix="postroom-oauth-") as folder:
        os.chmod(folder, 0o755)  # the mail system's servers run as somebody else
        site = Site(arguments.binary, Path(folder), arguments.work.resolve())
        try:
            for step in (applications, people, withdrawn, rotation, aftermath):
                step(site)
                print(f"{step.__name__}: {step.__doc__}", flush=True)
        except (NodeError, OidcError) as error:
            print(f"FAILED: {error}")
            return 1
        finally:
            site.end()
    print(f"{site.mails} mails, each one call")
    return 0


if __name__ == "__main__":
    sys.exit(main())
