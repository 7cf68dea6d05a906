#pragma once

#include <cstdint>
#include <string>

#include "base/random.hpp"
#include "base/result.hpp"
#include "postroom/record/v1/access.pb.h"

/// Passwords by scrypt (RFC 7914), in OpenSSL. The work is meant to be heavy: it blocks for a
/// fraction of a second.
namespace postroom::access {

/// What one computation costs: 128 × n × r bytes of memory, p times the work.
struct scrypt_cost {
  uint64_t n = 1u << 14;
  uint32_t r = 8;
  uint32_t p = 5;
};

/// 12 characters to 1,024 bytes of UTF-8, not the name. Errors: config_invalid with the remedy.
result<void> check_password(const std::string& password, const std::string& name);

/// A digest with fresh salt. Errors: internal (OpenSSL).
result<record::v1::AccessPassword> hash_password(const std::string& password,
                                                 const scrypt_cost& cost, const random_fn& random);

/// Compares in constant time. False too for a stored cost beyond 64 MiB.
bool password_fits(const std::string& password, const record::v1::AccessPassword& stored);

}  // namespace postroom::access
