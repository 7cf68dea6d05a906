// The official client of Microsoft Graph against the simulator: what it can do here, the simulator may show our channels.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BatchRequestContent, BatchResponseContent, Client, FileUpload, LargeFileUploadTask, PageIterator, ResponseType,
} from "@microsoft/microsoft-graph-client";

const base = process.env.POSTROOM_GRAPH;
const root = base.replace(/\/v1\.0$/, "");
let users = 0;

async function control(wanted) {
  const answer = await fetch(`${root}/_control`, { method: "POST", body: JSON.stringify(wanted) });
  const said = await answer.json();
  assert.ok(answer.ok, JSON.stringify(said));
  return said;
}

const mail = (text, more = "") =>
  `From: user@example.org\r\nTo: it@example.org\r\nSubject: ${text}\r\nMessage-ID: <${text}@example.org>\r\n${more}\r\n` +
  `${text} body\r\n`;

/** A mailbox of its own with so many mails, and a client signed in to it. */
async function mailbox(mails = 0) {
  const user = `official${++users}@example.org`;
  await control({ do: "token", token: user, user });
  for (let i = 1; i <= mails; ++i) {
    await control({ do: "deliver", user, raw: Buffer.from(mail(`m${i}`)).toString("base64") });
  }
  return { user, client: clientFor(user) };
}

function clientFor(token) {
  return Client.init({
    baseUrl: `${root}/`, defaultVersion: "v1.0", customHosts: new Set(["127.0.0.1"]),
    authProvider: (done) => done(null, token),
  });
}

const immutable = 'IdType="ImmutableId"';

test("it reads who it is, folders and mails", async () => {
  const { user, client } = await mailbox(3);
  assert.equal((await client.api("/me").get()).userPrincipalName, user);
  assert.equal((await client.api(`/users/${user}`).get()).id, user);
  const folders = await client.api("/me/mailFolders").top(50).get();
  assert.ok(folders.value.some((folder) => folder.displayName === "Inbox"));
  const inbox = await client.api("/me/mailFolders/inbox").get();
  assert.equal(inbox.totalItemCount, 3);
  const byId = await client.api(`/me/mailFolders/${inbox.id}/messages`).select("subject,isRead").top(2).get();
  assert.deepEqual(byId.value.map((message) => message.subject), ["m3", "m2"]);
  const unread = await client.api("/me/messages").filter("isRead eq false").get();
  assert.equal(unread.value.length, 3);
  const one = await client.api(`/me/messages/${unread.value[0].id}`).get();
  assert.equal(one.from.emailAddress.address, "user@example.org");
  assert.match(one.body.content, /m3 body/);
});

test("it walks over all pages", async () => {
  const { client } = await mailbox(7);
  const seen = [];
  const first = await client.api("/me/mailFolders/inbox/messages").select("subject").top(3).get();
  await new PageIterator(client, first, (message) => seen.push(message.subject) > 0).iterate();
  assert.equal(seen.length, 7);
});

test("it reads the MIME text of a mail", async () => {
  const { client } = await mailbox(1);
  const [{ id }] = (await client.api("/me/messages").get()).value;
  const raw = await client.api(`/me/messages/${id}/$value`).responseType(ResponseType.TEXT).get();
  assert.equal(raw, mail("m1"));
});

test("it follows the changes of a folder by its delta links", async () => {
  const { user, client } = await mailbox(5);
  const seen = [];
  const ask = (url) => client.api(url).header("Prefer", `odata.maxpagesize=2, ${immutable}`);
  let page = await ask("/me/mailFolders/inbox/messages/delta").select("subject")
    .expand("singleValueExtendedProperties($filter=id eq 'Integer 0x0E08')").get();
  const iterator = new PageIterator(client, page, (message) => seen.push(message) > 0,
    { headers: { Prefer: `odata.maxpagesize=2, ${immutable}` } });
  await iterator.iterate();
  assert.deepEqual(seen.map((message) => message.subject), ["m1", "m2", "m3", "m4", "m5"]);
  assert.equal(seen[0].singleValueExtendedProperties[0].value, String(mail("m1").length));
  const link = iterator.getDeltaLink();
  await client.api(`/me/messages/${seen[0].id}`).header("Prefer", immutable).delete();
  await client.api(`/me/messages/${seen[1].id}`).header("Prefer", immutable).patch({ isRead: true });
  await control({ do: "deliver", user, raw: Buffer.from(mail("m6")).toString("base64") });
  page = await client.api(link).header("Prefer", immutable).get();
  const changes = Object.fromEntries(page.value.map((entry) => [entry.id, entry]));
  assert.equal(changes[seen[0].id]["@removed"].reason, "deleted");
  assert.equal(changes[seen[1].id].isRead, true);
  assert.equal(page.value.filter((entry) => entry.subject === "m6").length, 1);
  await control({ do: "forget_deltas", code: "syncStateNotFound" });
  await assert.rejects(client.api(page["@odata.deltaLink"]).get(), { statusCode: 410, code: "syncStateNotFound" });
});

test("it moves mails, whose usual id changes and whose immutable one does not", async () => {
  const { client } = await mailbox(1);
  const [usual] = (await client.api("/me/messages").get()).value;
  const [fixed] = (await client.api("/me/messages").header("Prefer", immutable).get()).value;
  const made = await client.api("/me/mailFolders/inbox/childFolders").post({ displayName: "Done" });
  await assert.rejects(client.api("/me/mailFolders/inbox/childFolders").post({ displayName: "done" }),
    { statusCode: 409, code: "ErrorFolderExists" });
  const moved = await client.api(`/me/messages/${usual.id}/move`).post({ destinationId: made.id });
  assert.notEqual(moved.id, usual.id);
  await assert.rejects(client.api(`/me/messages/${usual.id}`).get(), { statusCode: 404, code: "ErrorItemNotFound" });
  const same = await client.api(`/me/messages/${fixed.id}`).header("Prefer", immutable).get();
  assert.equal(same.parentFolderId, made.id);
});

test("it sends mails as JSON and as MIME, with and without a copy", async () => {
  const { user, client } = await mailbox();
  const reader = await mailbox();
  const to = [{ emailAddress: { address: reader.user } }];
  await client.api("/me/sendMail").post({
    message: { subject: "as JSON", body: { contentType: "Text", content: "hello" }, toRecipients: to,
      attachments: [{ "@odata.type": "#microsoft.graph.fileAttachment", name: "a.txt", contentType: "text/plain",
        contentBytes: Buffer.from("file").toString("base64") }] },
    saveToSentItems: false,
  });
  const raw = `From: ${user}\r\nTo: ${reader.user}\r\nBcc: other@example.org\r\nSubject: as MIME\r\n` +
    "Message-ID: <kept@example.org>\r\n\r\nhello\r\n";
  await client.api("/me/sendMail").header("Content-Type", "text/plain").post(Buffer.from(raw).toString("base64"));
  const got = (await reader.client.api("/me/messages").get()).value;
  assert.deepEqual(got.map((message) => message.subject), ["as MIME", "as JSON"]);
  assert.equal(got[0].internetMessageId, "<kept@example.org>");
  assert.equal(got[0].bccRecipients.length, 0);
  assert.equal(got[1].hasAttachments, true);
  const copies = (await client.api("/me/mailFolders/sentitems/messages").get()).value;
  assert.deepEqual(copies.map((message) => message.subject), ["as MIME"]);
  await assert.rejects(client.api("/me/sendMail").header("Content-Type", "text/plain").post("no base64!"),
    { statusCode: 400, code: "ErrorMimeContentInvalidBase64String" });
});

test("it attaches a large file by an upload session and sends the draft", async () => {
  const { client } = await mailbox();
  const reader = await mailbox();
  const draft = await client.api("/me/messages").header("Prefer", immutable).post({
    subject: "large", body: { contentType: "text", content: "see file" },
    toRecipients: [{ emailAddress: { address: reader.user } }],
  });
  const bytes = Buffer.alloc(7_000_000, "x");
  const url = `/me/messages/${draft.id}/attachments/createUploadSession`;
  await assert.rejects(client.api(url).post({ AttachmentItem: { attachmentType: "file", name: "s", size: 10 } }),
    { code: "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize" });
  const session = await LargeFileUploadTask.createUploadSession(client, url,
    { AttachmentItem: { attachmentType: "file", name: "large.bin", size: bytes.length } });
  const task = new LargeFileUploadTask(client, new FileUpload(bytes, "large.bin", bytes.length), session,
    { rangeSize: 327_680 * 10 });
  await task.upload();
  await client.api(`/me/messages/${draft.id}/send`).header("Prefer", immutable).post({});
  const [got] = (await reader.client.api("/me/messages").get()).value;
  const raw = await reader.client.api(`/me/messages/${got.id}/$value`).responseType(ResponseType.TEXT).get();
  assert.ok(raw.length > bytes.length * 4 / 3);
  assert.equal((await client.api("/me/mailFolders/sentitems").get()).totalItemCount, 1);
});

test("it sends several requests as one", async () => {
  const { client } = await mailbox(3);
  const ids = (await client.api("/me/messages").get()).value.map((message) => message.id);
  const steps = [...ids, "AAkALgImm_999999-A="].map((id, i) => ({
    id: String(i),
    request: new Request(`${root}/me/messages/${id}`, {  // without a version: it is that of the batch
      method: "PATCH", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ isRead: true }),
    }),
  }));
  const content = await new BatchRequestContent(steps).getContent();
  const answers = new BatchResponseContent(await client.api("/$batch").post(content));
  assert.deepEqual([0, 1, 2, 3].map((i) => answers.getResponseById(String(i)).status), [200, 200, 200, 404]);
  assert.equal((await client.api("/me/mailFolders/inbox").get()).unreadItemCount, 0);
});

test("it waits as it is told when it is throttled", async () => {
  const { client } = await mailbox();
  await control({ do: "fault", match: "^GET me$", times: 1, status: 429, before: true, headers: { "Retry-After": "1" },
    body: JSON.stringify({ error: { code: "ApplicationThrottled", message: "x" } }) });
  await client.api("/me").get();
  const { requests } = await control({ do: "requests" });
  const [refused, again] = requests.slice(-2);
  assert.equal(refused.status, 429);
  assert.ok(again.at - refused.ended >= 1);
});

test("it is told in Graph's words what it may not do", async () => {
  const { client } = await mailbox();
  const other = await mailbox();
  await assert.rejects(clientFor("nobody's").api("/me").get(), { statusCode: 401, code: "InvalidAuthenticationToken" });
  await assert.rejects(client.api(`/users/${other.user}/messages`).get(), { statusCode: 403, code: "ErrorAccessDenied" });
  await assert.rejects(client.api("/me/messages/x").get(), { statusCode: 400, code: "ErrorInvalidIdMalformed" });
});

test("it subscribes to changes", async () => {
  const { createServer } = await import("node:http");
  const notes = [];
  const server = createServer((request, response) => {
    const token = new URL(request.url, "http://x").searchParams.get("validationToken");
    let body = "";
    request.on("data", (bytes) => { body += bytes; }).on("end", () => {
      if (!token) notes.push(JSON.parse(body));
      response.writeHead(token ? 200 : 202, { "Content-Type": "text/plain" }).end(token ?? "");
    });
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  try {
    const { user, client } = await mailbox(1);
    const hours = (n) => new Date(Date.now() + n * 3_600_000).toISOString();
    const wanted = { changeType: "created", notificationUrl: `http://127.0.0.1:${server.address().port}/notes`,
      resource: "/me/mailFolders('inbox')/messages", expirationDateTime: hours(48), clientState: "secret" };
    const made = await client.api("/subscriptions").post(wanted);
    await client.api(`/subscriptions/${made.id}`).patch({ expirationDateTime: hours(70) });
    assert.deepEqual((await control({ do: "notify", user })).statuses, [202]);
    assert.equal(notes[0].value[0].clientState, "secret");
    await client.api(`/subscriptions/${made.id}`).delete();
    await assert.rejects(client.api("/subscriptions").post({ ...wanted, notificationUrl: `${root}/nowhere` }),
      { statusCode: 400 });
  } finally {
    server.close();
  }
});
