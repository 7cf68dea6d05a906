// The same values that the test server's fill() in test_server.cpp gives to a message.
import { create, ScalarType } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";

const DEEPEST = 4;

const text = (name) => `${name} ü\n"`;

function scalar(field) {
  switch (field.scalar) {
    case ScalarType.STRING:
      return text(field.name);
    case ScalarType.BYTES:
      return new Uint8Array([0, 255, field.number % 128]);
    case ScalarType.BOOL:
      return true;
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return field.number / 2;
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return 9007199254740993n + BigInt(field.number); // more than a double holds exactly
    default:
      return field.number;
  }
}

function single(field, depth) {
  if (field.message) return reflect(field.message, fill(field.message, depth + 1));
  if (field.enum) return field.enum.values.at(-1).number;
  return scalar(field);
}

export function fill(schema, depth = 0) {
  const message = create(schema);
  const fields = reflect(schema, message);
  for (const field of schema.fields) {
    if ((field.message || field.fieldKind === "map") && depth >= DEEPEST) continue;
    if (field.oneof && field.oneof.fields[0] !== field) continue;
    if (field.fieldKind === "map") {
      // On the wire a map is a list of messages {key = 1, value = 2}.
      const value = { name: "value", number: 2, scalar: field.scalar };
      fields.get(field).set(text("key"), scalar(value));
    } else if (field.fieldKind === "list") {
      for (let i = 0; i < 2; ++i) fields.get(field).add(single(field, depth));
    } else {
      fields.set(field, single(field, depth));
    }
  }
  return message;
}
