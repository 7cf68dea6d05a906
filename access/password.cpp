#include "access/password.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cctype>

namespace postroom::access {
namespace {

constexpr std::size_t hash_bytes = 32;
constexpr uint64_t most_memory = 64u << 20;
constexpr std::size_t most_password = 1024;
constexpr std::size_t least_characters = 12;

const unsigned char* bytes(const std::string& s) {
  return reinterpret_cast<const unsigned char*>(s.data());
}

/// Empty when OpenSSL refuses.
std::string scrypt(const std::string& password, const std::string& salt, const scrypt_cost& cost) {
  std::string out(hash_bytes, '\0');
  const int done =
      EVP_PBE_scrypt(password.data(), password.size(), bytes(salt), salt.size(), cost.n, cost.r,
                     cost.p, most_memory, reinterpret_cast<unsigned char*>(out.data()), out.size());
  return done == 1 ? out : std::string{};
}

/// Of UTF-8: bytes that begin one.
std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

bool same_in_any_case(const std::string& a, const std::string& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

}  // namespace

result<void> check_password(const std::string& password, const std::string& name) {
  if (characters(password) < least_characters)
    return fail(ec::config_invalid, "password: is too short; take at least 12 characters");
  if (password.size() > most_password)
    return fail(ec::config_invalid, "password: is too long; take at most 1024 bytes");
  if (same_in_any_case(password, name))
    return fail(ec::config_invalid, "password: is the name; take another one");
  return {};
}

result<record::v1::AccessPassword> hash_password(const std::string& password,
                                                 const scrypt_cost& cost, const random_fn& random) {
  record::v1::AccessPassword out;
  std::string salt;
  for (uint64_t word : {random(), random()})
    salt.append(reinterpret_cast<const char*>(&word), sizeof word);
  auto hash = scrypt(password, salt, cost);
  if (hash.empty()) return fail(ec::internal, "scrypt refuses its parameters");
  out.set_salt(salt);
  out.set_hash(std::move(hash));
  out.set_n(cost.n);
  out.set_r(cost.r);
  out.set_p(cost.p);
  return out;
}

bool password_fits(const std::string& password, const record::v1::AccessPassword& stored) {
  const auto hash = scrypt(password, stored.salt(), {stored.n(), stored.r(), stored.p()});
  return hash.size() == hash_bytes && stored.hash().size() == hash_bytes &&
         CRYPTO_memcmp(hash.data(), stored.hash().data(), hash_bytes) == 0;
}

}  // namespace postroom::access
