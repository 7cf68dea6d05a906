#include "mail/mapi.hpp"

#include "mail/charset.hpp"
#include "mail/utf8.hpp"

namespace postroom::mail {

namespace {

constexpr uint16_t several = 0x1000;
constexpr uint16_t first_named = 0x8000;
constexpr uint16_t type_string8 = 0x001E, type_unicode = 0x001F, type_object = 0x000D,
                   type_binary = 0x0102;

std::size_t padding(std::size_t size) {
  return (4 - size % 4) % 4;
}

/// Bytes of one value of a type of fixed size, with its padding; 0: its size stands before it.
std::size_t fixed_size(uint16_t type) {
  switch (type) {
    case 0x0002:  // 16-bit integer
    case 0x0003:  // 32-bit integer
    case 0x0004:  // float
    case 0x000A:  // error
    case 0x000B:  // boolean
      return 4;
    case 0x0005:  // double
    case 0x0006:  // currency
    case 0x0007:  // time as double
    case 0x0014:  // 64-bit integer
    case 0x0040:  // time
      return 8;
    case 0x0048:  // GUID
      return 16;
    default:
      return 0;
  }
}

bool is_variable(uint16_t type) {
  return type == type_string8 || type == type_unicode || type == type_object || type == type_binary;
}

/// A named property has a GUID, and a number or a name.
void skip_name(byte_reader& in) {
  in.bytes(16);
  bool has_name = in.number(4) == 1;
  auto size = static_cast<std::size_t>(in.number(4));
  if (!has_name) return;
  in.bytes(size);
  in.bytes(padding(size));
}

std::string_view take_value(byte_reader& in, uint16_t type) {
  if (auto size = fixed_size(type)) return in.bytes(size);
  auto size = static_cast<std::size_t>(in.number(4));
  auto value = in.bytes(size);
  in.bytes(padding(size));
  return value;
}

}  // namespace

std::string_view byte_reader::bytes(std::size_t size) {
  x_ok_ = x_ok_ && size <= x_rest_.size();
  if (!x_ok_) return {};
  auto out = x_rest_.substr(0, size);
  x_rest_.remove_prefix(size);
  return out;
}

uint64_t byte_reader::number(std::size_t size) {
  uint64_t out = 0;
  std::size_t shift = 0;
  for (char c : bytes(size)) {
    out |= uint64_t{static_cast<unsigned char>(c)} << shift;
    shift += 8;
  }
  return out;
}

bool each_property(std::string_view bytes, const std::function<void(const mapi_property&)>& use) {
  byte_reader in(bytes);
  // A property has at least eight bytes, so a count that is a lie ends with the bytes.
  for (auto count = in.number(4); count > 0 && in.ok(); --count) {
    mapi_property p;
    auto type = static_cast<uint16_t>(in.number(2));
    p.id = static_cast<uint16_t>(in.number(2));
    p.type = static_cast<uint16_t>(type & ~several);
    if (p.id >= first_named) skip_name(in);
    if (fixed_size(p.type) == 0 && !is_variable(p.type)) return false;
    bool counted = is_variable(p.type) || (type & several) != 0;
    auto values = counted ? in.number(4) : 1;
    for (uint64_t i = 0; i < values && in.ok(); ++i) {
      auto value = take_value(in, p.type);
      if (i == 0) p.value = value;
    }
    if (in.ok()) use(p);
  }
  return in.ok();
}

std::string text_of(const mapi_property& p, std::string_view charset) {
  if (p.type != type_string8 && p.type != type_unicode) return {};
  auto text = to_utf8(p.value, p.type == type_unicode ? "utf-16le" : charset);
  return text.substr(0, text.find('\0'));
}

}  // namespace postroom::mail
