// The official client of the Connect protocol calls every method of our schema over HTTPS.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { equals, toJsonString } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { compressionGzip, createConnectTransport } from "@connectrpc/connect-node";
import { fill } from "./fill.mjs";
import { CallsService, file_postroom_admin_v1_admin as schema } from "./gen/postroom/admin/v1/admin_pb.js";
import { FieldViolationsSchema } from "./gen/postroom/admin/v1/errors_pb.js";

const pem = (name) => readFileSync(join(process.env.POSTROOM_FILES, name));
const trust = { ca: pem("ca.pem") };
const identity = { ...trust, cert: pem("client.pem"), key: pem("client.key") };

function transport(options = {}, nodeOptions = identity) {
  return createConnectTransport({
    baseUrl: `https://127.0.0.1:${process.env.POSTROOM_PORT}`,
    httpVersion: "1.1",
    nodeOptions,
    ...options,
  });
}

const gzip = { sendCompression: compressionGzip, acceptCompression: [compressionGzip], compressMinBytes: 0 };
const plain = { acceptCompression: [] };
const ask = { call: "IT-000001" };

function refusal(promise) {
  return promise.then(() => assert.fail("it was answered"), (error) => ConnectError.from(error));
}

test("the schema has services", () => assert.ok(schema.services.length >= 6));

for (const useBinaryFormat of [true, false]) {
  for (const [name, compression] of [["with gzip", gzip], ["without gzip", plain]]) {
    const seen = { packed: 0 };
    const watch = (next) => async (request) => {
      const answer = await next(request);
      if (answer.header.get("content-encoding") === "gzip") ++seen.packed;
      return answer;
    };
    const format = useBinaryFormat ? "binary" : "JSON";
    const shared = transport({ useBinaryFormat, interceptors: [watch], ...compression });
    for (const service of schema.services) {
      for (const method of service.methods) {
        test(`${service.name}.${method.name} is called in ${format} ${name}`, async () => {
          const client = createClient(service, shared);
          const answer = await client[method.localName](fill(method.input));
          const wanted = fill(method.output);
          assert.ok(equals(method.output, answer, wanted),
            `${toJsonString(method.output, answer)} is not ${toJsonString(method.output, wanted)}`);
        });
      }
    }
    test(`answers in ${format} ${name} came as was asked`, () => {
      if (compression === gzip) assert.ok(seen.packed > 0);
      else assert.equal(seen.packed, 0);
    });
  }
}

test("an error brings its code, its words and what is wrong with which field", async () => {
  for (const useBinaryFormat of [true, false]) {
    const client = createClient(CallsService, transport({ useBinaryFormat }));
    const error = await refusal(client.get(ask, { headers: { Authorization: "violate" } }));
    assert.equal(error.code, Code.InvalidArgument);
    assert.equal(error.rawMessage, "two fields are \"wrong\"");
    const [details] = error.findDetails(FieldViolationsSchema);
    assert.deepEqual(details.violations.map((v) => [v.field, v.problem, v.remedy]),
      [["call", "it is blank", "name one"], ["call.number", "ünknown", ""]]);
  }
});

test("an exception tells nothing of the inside", async () => {
  const error = await refusal(
    createClient(CallsService, transport()).get(ask, { headers: { Authorization: "throw" } }));
  assert.equal(error.code, Code.Internal);
  assert.doesNotMatch(error.message, /secret/);
});

test("the server knows how long the client waits", async () => {
  const error = await refusal(createClient(CallsService, transport())
    .get(ask, { timeoutMs: 7_000, headers: { Authorization: "tell" } }));
  assert.equal(error.code, Code.FailedPrecondition);
  const left = Number(error.rawMessage);
  assert.ok(left > 0 && left <= 7_000, error.rawMessage);
});

test("a call that takes longer than the client waits ends in time", async () => {
  const error = await refusal(createClient(CallsService, transport())
    .get(ask, { timeoutMs: 100, headers: { Authorization: "wait" } }));
  assert.equal(error.code, Code.DeadlineExceeded);
});

test("a method that the server has not is unimplemented", async () => {
  const typeName = "postroom.admin.v1.NoService";
  const client = createClient({ ...CallsService, typeName, methods: CallsService.methods.map((m) =>
    ({ ...m, parent: { typeName } })), method: CallsService.method }, transport());
  const error = await refusal(client.get(ask));
  assert.equal(error.code, Code.Unimplemented);
});

test("without a client certificate nobody gets in", async () => {
  const error = await refusal(createClient(CallsService, transport({}, trust)).get(ask));
  assert.notEqual(error.code, Code.Unimplemented);
  assert.match(error.message, /certificate|socket hang up|ECONNRESET|aborted/i);
});

test("a server of an unknown authority is refused by the client", async () => {
  const error = await refusal(createClient(CallsService, transport({}, {})).get(ask));
  assert.match(error.message, /certificate/);
});
