#!/usr/bin/python3
"""A whole node reads a Graph mailbox under the service's limits: four requests at a time, 10,000 in ten minutes.

Counts requests per mail in steady state and looks for any that came before the end of a pause the service had asked
for. Twenty mailboxes share one OAuth client: one token is asked for. Real binary; the service is simulated.
"""
from trial import run

from graph_trial import GraphTrial
from harness.node import NodeError

MAILBOXES = [f"box{number}@example.org" for number in range(20)]
MAILS = 60         # per mailbox and round
MOST_PER_MAIL = 1.1
WAIT_SECONDS = 120
AT_ONCE = 4


def read_a_round(trial):
    for user in MAILBOXES:
        for _ in range(MAILS):
            trial.deliver(user)
    trial.wait(f"{trial.mails} calls", lambda: trial.calls() == trial.mails, WAIT_SECONDS)


def early(requests):
    """Requests of a mailbox that came before the pause it had been asked for was over.

    Those that were on their way when it was asked for are not meant: three at most, and none in the pause's second half.
    """
    until, found = {}, 0
    for one in requests:
        pause = until.get(one["user"])
        if pause and pause["begin"] < one["at"] < pause["end"]:
            pause["came"] += 1
            found += pause["came"] >= AT_ONCE or one["at"] > (pause["begin"] + pause["end"]) / 2
        if one.get("retry_after"):
            until[one["user"]] = {"begin": one["ended"], "end": one["ended"] + float(one["retry_after"]), "came": 0}
    return found


def play(trial):
    trial.service.control(do="limits", concurrent=AT_ONCE, requests=10000, seconds=600, retry_after="0.5")
    trial.start(MAILBOXES, "poll_interval: 1s")
    read_a_round(trial)
    trial.service.control(do="forget")
    before = trial.mails
    for word in ("messages", "value"):  # some of each are told to wait
        trial.service.control(do="fault", match=f"GET .*{word}", skip=20, times=5, before=True, status=429,
                              headers={"Retry-After": "0.75"}, body='{"error": {"code": "ApplicationThrottled"}}')
    read_a_round(trial)
    judge(trial, trial.requests(), trial.mails - before)
    trial.node.stop()


def judge(trial, requests, mails):
    idle = sum(one["idle"] for one in requests)  # each mailbox asks once a second whether there is something new
    per_mail = (len(requests) - idle) / mails
    most = max(trial.service.control(do="most_at_once")["most"].values())
    tokens = trial.service.control(do="issued")["tokens"]
    too_early = early(requests)
    print(f"{mails} mails in {len(MAILBOXES)} mailboxes: {len(requests)} requests, {idle} of them found nothing new, "
          f"{per_mail:.3f} of the others per mail; "
          f"at most {most} at a time; {too_early} before Retry-After; {tokens} token")
    if per_mail > MOST_PER_MAIL or most > AT_ONCE or too_early or tokens != 1:
        raise NodeError("that is too many")


if __name__ == "__main__":
    run(__doc__, GraphTrial, play)
