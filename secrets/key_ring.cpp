#include "secrets/key_ring.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <utility>

#include "base/digest.hpp"

namespace postroom::secrets {
namespace {

constexpr std::size_t id_bytes = 8;
constexpr std::size_t base64_chars = 44;  // of 32 bytes: one "=" at the end

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_base64(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' ||
         c == '/';
}

secure_bytes from_hex(std::string_view digits) {
  secure_bytes out{key_bytes};
  for (std::size_t i = 0; i < key_bytes; ++i)
    out.data()[i] =
        static_cast<unsigned char>(hex_value(digits[2 * i]) << 4 | hex_value(digits[2 * i + 1]));
  return out;
}

secure_bytes from_base64(std::string_view text) {
  secure_bytes whole{key_bytes + 1};  // the padding decodes to one byte more
  EVP_DecodeBlock(whole.data(), reinterpret_cast<const unsigned char*>(text.data()),
                  static_cast<int>(text.size()));
  return secure_bytes::copy_of(whole.view().substr(0, key_bytes));
}

}  // namespace

result<void> key_ring::add(secure_bytes bytes) {
  if (bytes.size() != key_bytes)
    return fail(ec::config_invalid, "a key has " + std::to_string(bytes.size()) + " bytes, not 32");
  auto id = sha256{}.update(bytes.view()).finish().substr(0, id_bytes);
  if (find(id) == nullptr) keys_.push_back({std::move(id), std::move(bytes)});
  return {};
}

const node_key* key_ring::find(std::string_view id) const {
  const auto found = std::find_if(keys_.begin(), keys_.end(), [&](auto& k) { return k.id == id; });
  return found == keys_.end() ? nullptr : &*found;
}

result<secure_bytes> parse_key(std::string_view text) {
  text = trimmed(text);
  if (text.size() == 2 * key_bytes &&
      std::all_of(text.begin(), text.end(), [](char c) { return hex_value(c) >= 0; }))
    return from_hex(text);
  if (text.size() == base64_chars && text.back() == '=' &&
      std::all_of(text.begin(), text.end() - 1, is_base64))
    return from_base64(text);
  return fail(ec::config_invalid, "is no key: it has " + std::to_string(text.size()) +
                                      " characters; 32 bytes as 64 hexadecimal digits or as 44 of "
                                      "base64 are needed, such as `openssl rand -hex 32` makes");
}

}  // namespace postroom::secrets
