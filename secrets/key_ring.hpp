#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "secrets/secure_bytes.hpp"

namespace postroom::secrets {

inline constexpr std::size_t key_bytes = 32;  ///< AES-256

/// One of the node's keys, which encrypt the keys of secrets.
struct node_key {
  std::string id;  ///< the first 8 bytes of the key's SHA-256: names it, tells nothing of it
  secure_bytes bytes;
};

/// The node's keys: the newest encrypts, all decrypt. Does not change once it is filled; then any
/// thread.
class key_ring {
 public:
  /// The first one added is the newest; a key that is there already is not added again. Errors:
  /// config_invalid when it does not have 32 bytes.
  result<void> add(secure_bytes bytes);
  /// Null: the node has none.
  [[nodiscard]] const node_key* newest() const { return keys_.empty() ? nullptr : &keys_.front(); }
  [[nodiscard]] const node_key* find(std::string_view id) const;

 private:
  std::vector<node_key> keys_;
};

/// 32 bytes from 64 hexadecimal digits or from base64, white space around them aside. Errors:
/// config_invalid, which says nothing of the text but its length.
result<secure_bytes> parse_key(std::string_view text);

}  // namespace postroom::secrets
