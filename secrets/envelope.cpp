#include "secrets/envelope.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <memory>
#include <utility>

#include "base/digest.hpp"

namespace postroom::secrets {
namespace {

constexpr int nonce_bytes = 12;
constexpr int tag_bytes = 16;

using context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
int length_of(std::string_view text) {
  return static_cast<int>(text.size());
}

/// What an encryption is bound to: purpose, partition, name and, for a wrapped key, the node key's
/// id. Lengths stand before the fields, so that none runs into the next.
std::string binding(std::string_view purpose, const place& where, std::string_view key_id) {
  std::string out = "postroom secret 1";
  for (const std::string_view field :
       {purpose, std::string_view{where.partition}, std::string_view{where.name}, key_id}) {
    for (int shift = 24; shift >= 0; shift -= 8)
      out.push_back(static_cast<char>(field.size() >> shift));
    out.append(field);
  }
  return out;
}

bool fill_random(unsigned char* to, std::size_t size) {
  return RAND_bytes(to, static_cast<int>(size)) == 1;
}

error crypto_failed() {
  return fail(ec::internal, "libcrypto could not encrypt");
}

/// Cipher text and tag; the fresh nonce goes to `nonce`. A nonce is never used twice with a key by
/// more than chance: a secret's own key encrypts once, the node's key far fewer than 2^32 times.
result<std::string> encrypt(std::string_view key, std::string_view plain, const std::string& bound,
                            std::string& nonce) {
  nonce.assign(nonce_bytes, '\0');
  if (!fill_random(reinterpret_cast<unsigned char*>(nonce.data()), nonce.size()))
    return crypto_failed();
  const context c{EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free};
  std::string out(plain.size() + tag_bytes, '\0');
  auto* to = reinterpret_cast<unsigned char*>(out.data());
  int n = 0;
  const bool done =
      c &&
      EVP_EncryptInit_ex(c.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key), bytes_of(nonce)) ==
          1 &&
      EVP_EncryptUpdate(c.get(), nullptr, &n, bytes_of(bound), length_of(bound)) == 1 &&
      EVP_EncryptUpdate(c.get(), to, &n, bytes_of(plain), length_of(plain)) == 1 &&
      EVP_EncryptFinal_ex(c.get(), to + n, &n) == 1 &&
      EVP_CIPHER_CTX_ctrl(c.get(), EVP_CTRL_GCM_GET_TAG, tag_bytes, to + plain.size()) == 1;
  if (!done) return crypto_failed();
  return out;
}

/// False: the tag does not fit; then `plain` must not be used.
bool decrypt(std::string_view key, std::string_view sealed, const std::string& bound,
             std::string_view nonce, secure_bytes& plain) {
  if (sealed.size() < tag_bytes || nonce.size() != nonce_bytes) return false;
  const auto text = sealed.substr(0, sealed.size() - tag_bytes);
  std::string tag{sealed.substr(text.size())};
  plain = secure_bytes{text.size()};
  const context c{EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free};
  int n = 0;
  return c &&
         EVP_DecryptInit_ex(c.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key), bytes_of(nonce)) ==
             1 &&
         EVP_DecryptUpdate(c.get(), nullptr, &n, bytes_of(bound), length_of(bound)) == 1 &&
         EVP_DecryptUpdate(c.get(), plain.data(), &n, bytes_of(text), length_of(text)) == 1 &&
         EVP_CIPHER_CTX_ctrl(c.get(), EVP_CTRL_GCM_SET_TAG, tag_bytes, tag.data()) == 1 &&
         EVP_DecryptFinal_ex(c.get(), plain.data() + n, &n) == 1;
}

result<void> wrap(const node_key& key, const place& where, const secure_bytes& own,
                  record::v1::Secret& record) {
  std::string nonce;
  auto wrapped = encrypt(key.bytes.view(), own.view(), binding("key", where, key.id), nonce);
  if (!wrapped) return wrapped.error();
  record.set_key_id(key.id);
  record.set_key_nonce(std::move(nonce));
  record.set_wrapped_key(std::move(*wrapped));
  return {};
}

error does_not_open(const place& where) {
  return fail(ec::corrupt_record, "secret " + render(where) +
                                      " does not open: its record was changed or belongs "
                                      "elsewhere; put the secret anew");
}

result<secure_bytes> unwrap(const key_ring& keys, const place& where,
                            const record::v1::Secret& record) {
  const auto* key = keys.find(record.key_id());
  if (key == nullptr)
    return fail(ec::config_invalid,
                "secret " + render(where) + " is encrypted with key " + to_hex(record.key_id()) +
                    ", which this server does not have; name it in secrets_key or "
                    "secrets_old_keys, or put the secret anew");
  secure_bytes own;
  if (!decrypt(key->bytes.view(), record.wrapped_key(), binding("key", where, key->id),
               record.key_nonce(), own) ||
      own.size() != key_bytes)
    return does_not_open(where);
  return own;
}

}  // namespace

std::string render(const place& where) {
  return where.partition + "/" + where.name;
}

result<record::v1::Secret> seal(const node_key& key, const place& where, std::string_view value) {
  secure_bytes own{key_bytes};
  if (!fill_random(own.data(), own.size())) return crypto_failed();
  record::v1::Secret out;
  out.set_partition(where.partition);
  out.set_name(where.name);
  auto sealed = encrypt(own.view(), value, binding("value", where, {}), *out.mutable_nonce());
  if (!sealed) return sealed.error();
  out.set_sealed(std::move(*sealed));
  if (auto wrapped = wrap(key, where, own, out); !wrapped) return wrapped.error();
  return out;
}

result<secure_bytes> open(const key_ring& keys, const place& where,
                          const record::v1::Secret& record) {
  const auto own = unwrap(keys, where, record);
  if (!own) return own.error();
  secure_bytes value;
  if (!decrypt(own->view(), record.sealed(), binding("value", where, {}), record.nonce(), value))
    return does_not_open(where);
  return value;
}

result<bool> rewrap(const key_ring& keys, const place& where, record::v1::Secret& record) {
  const auto* newest = keys.newest();
  if (newest == nullptr) return fail(ec::config_invalid, "secrets_key: is not set");
  if (record.key_id() == newest->id) return false;
  const auto own = unwrap(keys, where, record);
  if (!own) return own.error();
  if (auto wrapped = wrap(*newest, where, *own, record); !wrapped) return wrapped.error();
  return true;
}

}  // namespace postroom::secrets
