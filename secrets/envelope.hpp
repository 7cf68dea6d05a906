#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "postroom/record/v1/secret.pb.h"
#include "secrets/key_ring.hpp"

/// How a secret is encrypted: the value with a random key of its own, that key with the node's,
/// AES-256-GCM both. Each is bound to the place it is stored at, so that a record that was moved
/// does not open. Nothing here touches the disk.
namespace postroom::secrets {

/// Where a secret belongs.
struct place {
  std::string partition;
  std::string name;
  // clang-tidy 14 takes the 0 of a defaulted comparison for a null pointer.
  auto operator<=>(const place&) const = default;  // NOLINT(modernize-use-nullptr)
};

/// "IT/imap", for messages.
std::string render(const place& where);

/// A record with partition, name and all that is needed to open it. Errors: internal (libcrypto).
result<record::v1::Secret> seal(const node_key& key, const place& where, std::string_view value);

/// The value. Errors: config_invalid when the node does not have the key any more; corrupt_record
/// when the record was changed or belongs elsewhere. Neither tells anything of the value.
result<secure_bytes> open(const key_ring& keys, const place& where,
                          const record::v1::Secret& record);

/// Encrypts the record's key with the newest of the node's keys; the value is not decrypted. False:
/// it was so already. Errors: as `open`.
result<bool> rewrap(const key_ring& keys, const place& where, record::v1::Secret& record);

}  // namespace postroom::secrets
