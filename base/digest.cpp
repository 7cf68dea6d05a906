#include "base/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdexcept>

namespace postroom {

namespace {

/// Looked up once: EVP_sha256() is looked up anew for every digest. Kept for the life of the
/// process.
const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const found = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return found;
}

}  // namespace

struct sha256::context {
  EVP_MD_CTX* md = EVP_MD_CTX_new();
  ~context() { EVP_MD_CTX_free(md); }
};

sha256::sha256() : x_(std::make_unique<context>()) {
  if (!x_->md || !sha256_algorithm() || EVP_DigestInit_ex(x_->md, sha256_algorithm(), nullptr) != 1)
    throw std::runtime_error("libcrypto has no SHA-256");
}

sha256::~sha256() = default;

sha256& sha256::update(std::string_view bytes) {
  EVP_DigestUpdate(x_->md, bytes.data(), bytes.size());
  return *this;
}

std::string sha256::finish() {
  std::string out(32, '\0');
  EVP_DigestFinal_ex(x_->md, reinterpret_cast<unsigned char*>(out.data()), nullptr);
  return out;
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  std::string out(32, '\0');
  if (!HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
            reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
            reinterpret_cast<unsigned char*>(out.data()), nullptr))
    throw std::runtime_error("libcrypto has no HMAC");
  return out;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

uint64_t short_digest(std::string_view bytes) {
  const auto digest = sha256{}.update(bytes).finish();
  uint64_t out = 0;
  for (int i = 0; i < 7; ++i) out = out << 8 | static_cast<unsigned char>(digest[i]);
  return (out & ((uint64_t{1} << 53) - 1)) | 1;
}

std::string to_hex(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (unsigned char c : bytes) {
    out += digits[c >> 4];
    out += digits[c & 15];
  }
  return out;
}

}  // namespace postroom
