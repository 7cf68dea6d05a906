#include "api/element_count.hpp"

#include <google/protobuf/io/coded_stream.h>

#include <cstdint>

namespace postroom::api {
namespace {

namespace pb = google::protobuf;
constexpr int max_depth = 100;  // the parser's own bound

/// The place behind the string that begins at `at`. The parser takes both quotes.
std::size_t behind_string(std::string_view text, std::size_t at) {
  const char quote = text[at++];
  while (at < text.size() && text[at] != quote) at += text[at] == '\\' ? 2 : 1;
  return at + 1;
}

/// Counts fields (https://protobuf.dev/programming-guides/encoding/) without decoding any.
class field_walk {
 public:
  field_walk(std::string_view body, std::size_t most)
      : in_(reinterpret_cast<const uint8_t*>(body.data()), static_cast<int>(body.size())),
        most_(most) {}

  [[nodiscard]] std::size_t found() const { return found_; }

  /// Up to the end of the message or group. `type`: null for a group, which we have none of. False:
  /// no parser goes on from here.
  bool fields(const pb::Descriptor* type, int depth) {
    if (depth > max_depth) return false;
    for (;;) {
      const auto tag = in_.ReadTag();
      if (tag == 0) return in_.ConsumedEntireMessage();
      if ((tag & 7) == end_group) return type == nullptr;
      if (++found_ > most_ || !value(tag, type, depth)) return false;
    }
  }

 private:
  enum wire_type : uint32_t { varint, fixed64, bytes, start_group, end_group, fixed32 };

  bool value(uint32_t tag, const pb::Descriptor* type, int depth) {
    uint64_t number = 0;
    switch (tag & 7) {
      case varint:
        return in_.ReadVarint64(&number);
      case fixed64:
        return in_.Skip(8);
      case fixed32:
        return in_.Skip(4);
      case bytes:
        return text_or_message(tag >> 3, type, depth);
      case start_group:
        return fields(nullptr, depth + 1);
      default:
        return false;
    }
  }

  bool text_or_message(uint32_t number, const pb::Descriptor* type, int depth) {
    int size = 0;
    if (!in_.ReadVarintSizeAsInt(&size)) return false;
    const auto* field = type ? type->FindFieldByNumber(static_cast<int>(number)) : nullptr;
    if (!field || !field->message_type()) return in_.Skip(size);
    const auto outer = in_.PushLimit(size);
    const bool whole = fields(field->message_type(), depth + 1) && in_.BytesUntilLimit() == 0;
    in_.PopLimit(outer);
    return whole;
  }

  pb::io::CodedInputStream in_;
  std::size_t most_;
  std::size_t found_ = 0;
};

}  // namespace

std::size_t json_elements(std::string_view body, std::size_t most) {
  std::size_t found = 1;
  for (std::size_t at = 0; at < body.size() && found <= most;) {
    const char c = body[at];
    if (c == '"' || c == '\'') {
      at = behind_string(body, at);
      continue;
    }
    // Each value but the first of all follows one of these, with nothing but its name between.
    found += c == '{' || c == '[' || c == ',';
    ++at;
  }
  return found;
}

std::size_t binary_elements(std::string_view body, const pb::Descriptor& type, std::size_t most) {
  if (body.size() > INT32_MAX) return most + 1;
  field_walk walk{body, most};
  walk.fields(&type, 0);
  return walk.found();
}

}  // namespace postroom::api
