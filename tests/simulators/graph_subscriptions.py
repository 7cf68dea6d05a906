"""Change notifications of the Graph simulator."""

import json
import secrets
import urllib.parse
import urllib.request

from graph_mail import message_id, refusal
from simulator import Answer


def call_back(url, body):
    wanted = urllib.request.Request(url, data=body, method="POST", headers={"Content-Type": "application/json" if body
                                                                             else "text/plain"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(wanted, timeout=10) as said:
            return said.status, said.read(4096)
    except OSError as why:
        return getattr(why, "code", 0), b""


def answer(sim, request, who):
    if len(request.parts) == 2 and request.method == "POST":
        wanted = request.json()
        token = "Validation: " + secrets.token_urlsafe(9)
        parted = "&" if "?" in wanted["notificationUrl"] else "?"
        status, said = call_back(f"{wanted['notificationUrl']}{parted}validationToken={urllib.parse.quote(token)}", b"")
        if status != 200 or said.decode(errors="replace") != token:
            raise refusal(400, "InvalidRequest", "Subscription validation request failed.")
        made = {"id": secrets.token_hex(16), "applicationId": "app", "creatorId": who or "app", "latestSupportedTlsVersion":
                "v1_2", **wanted}
        sim.subscriptions[made["id"]] = {**made, "immutable": request.immutable}
        return Answer(201, {key: value for key, value in made.items() if key != "clientState"})
    if len(request.parts) == 2:
        return Answer(200, {"value": [{k: v for k, v in s.items() if k not in ("clientState", "immutable")}
                                      for s in sim.subscriptions.values()]})
    found = sim.subscriptions.get(request.parts[2])
    if not found:
        raise refusal(404, "ResourceNotFound", "The subscription does not exist.")
    if request.method == "DELETE":
        del sim.subscriptions[request.parts[2]]
        return Answer(204)
    if request.method == "PATCH":
        found["expirationDateTime"] = request.json()["expirationDateTime"]
    return Answer(200, {key: value for key, value in found.items() if key not in ("clientState", "immutable")})


def notify(sim, user):
    out = []
    for one in list(sim.subscriptions.values()):
        with sim.store.lock:
            inbox = sim.store.mailbox(user).folders["inbox"]
            last = max(inbox.mails.values(), key=lambda mail: mail.number, default=None)
        note = {"subscriptionId": one["id"], "subscriptionExpirationDateTime": one["expirationDateTime"],
                "changeType": "created", "resource": one["resource"], "clientState": one.get("clientState"),
                "resourceData": {"@odata.type": "#Microsoft.Graph.Message",
                                 "id": message_id(last, one["immutable"]) if last else ""}}
        out.append(call_back(one["notificationUrl"], json.dumps({"value": [note]}).encode())[0])
    return out
