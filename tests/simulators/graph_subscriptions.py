"""Change notifications of the Graph simulator."""

import datetime
import json
import secrets
import urllib.parse
import urllib.request

from graph_mail import message_id, refusal
from simulator import Answer

LONGEST_MINUTES = 4230  # for mails
OURS = ("clientState", "immutable", "user")


def call_back(sim, url, body):
    wanted = urllib.request.Request(url, data=body, method="POST", headers={"Content-Type": "application/json" if body
                                                                             else "text/plain"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                         urllib.request.HTTPSHandler(context=sim.trusted))
    try:
        with opener.open(wanted, timeout=10) as said:
            return said.status, said.read(4096)
    except OSError as why:
        return getattr(why, "code", 0), b""


def validate(sim, url):
    token = "Validation: Testing client " + secrets.token_urlsafe(9)
    parted = "&" if "?" in url else "?"
    status, said = call_back(sim, f"{url}{parted}validationToken={urllib.parse.quote_plus(token)}", b"")
    if status != 200 or said.decode(errors="replace") != token:
        raise refusal(400, "InvalidRequest", "Subscription validation request failed.")


def check_life(text):
    try:
        until = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except (AttributeError, ValueError):
        raise refusal(400, "InvalidRequest", "expirationDateTime is no time.") from None
    left = until - datetime.datetime.now(datetime.timezone.utc)
    if not datetime.timedelta(0) < left < datetime.timedelta(minutes=LONGEST_MINUTES + 1):
        raise refusal(400, "InvalidRequest", "Subscription expiration can only be 4230 minutes in the future.")


def shown(one):
    return {key: value for key, value in one.items() if key not in OURS}


def owner(resource, who):
    parts = resource.strip("/").split("/")
    return urllib.parse.unquote(parts[1]).lower() if parts[0] == "users" else who


def answer(sim, request, who):
    if len(request.parts) == 2 and request.method == "POST":
        wanted = request.json()
        check_life(wanted.get("expirationDateTime"))
        for name in ("notificationUrl", "lifecycleNotificationUrl"):
            if name in wanted or name == "notificationUrl":
                validate(sim, wanted[name])
        made = {"id": secrets.token_hex(16), "applicationId": "app", "creatorId": who or "app", "latestSupportedTlsVersion":
                "v1_2", **wanted}
        sim.subscriptions[made["id"]] = {**made, "immutable": request.immutable, "user": owner(made["resource"], who)}
        return Answer(201, shown(made))
    if len(request.parts) == 2:
        return Answer(200, {"value": [shown(one) for one in list(sim.subscriptions.values())]})
    found = sim.subscriptions.get(request.parts[2])
    if not found:
        raise refusal(404, "ResourceNotFound", "The subscription does not exist.")
    if request.method == "DELETE":
        del sim.subscriptions[request.parts[2]]
        return Answer(204)
    if request.method == "PATCH":
        check_life(request.json().get("expirationDateTime"))
        found["expirationDateTime"] = request.json()["expirationDateTime"]
    return Answer(200, shown(found))


def of_user(sim, user):
    return [one for one in list(sim.subscriptions.values()) if one["user"] == user]


def post(sim, url, note):
    return call_back(sim, url, json.dumps({"value": [note]}).encode())[0]


def notify(sim, user):
    out = []
    for one in of_user(sim, user):
        with sim.store.lock:
            inbox = sim.store.mailbox(user).folders["inbox"]
            last = max(inbox.mails.values(), key=lambda mail: mail.number, default=None)
        out.append(post(sim, one["notificationUrl"], {
            "subscriptionId": one["id"], "subscriptionExpirationDateTime": one["expirationDateTime"],
            "changeType": "created", "resource": one["resource"], "clientState": one.get("clientState"),
            "resourceData": {"@odata.type": "#Microsoft.Graph.Message",
                             "id": message_id(last, one["immutable"]) if last else ""}}))
    return out


def tell_lifecycle(sim, user, event):
    out = []
    for one in of_user(sim, user):
        if event == "subscriptionRemoved":
            del sim.subscriptions[one["id"]]
        out.append(post(sim, one["lifecycleNotificationUrl"], {
            "subscriptionId": one["id"], "subscriptionExpirationDateTime": one["expirationDateTime"],
            "clientState": one.get("clientState"), "lifecycleEvent": event}))
    return out
