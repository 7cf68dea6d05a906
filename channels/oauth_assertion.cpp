#include "channels/oauth_assertion.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <ctime>
#include <memory>

#include <nlohmann/json.hpp>

#include "channels/oauth_urls.hpp"

namespace postroom::channels {

namespace {

constexpr int64_t valid_before_s = 60, valid_for_s = 600;
constexpr int least_key_bits = 2048;

template <class T, void (*Free)(T*)>
struct freed {
  void operator()(T* p) const { Free(p); }
};
void free_bio(BIO* b) {
  BIO_free(b);
}
using bio_ptr = std::unique_ptr<BIO, freed<BIO, free_bio>>;
using x509_ptr = std::unique_ptr<X509, freed<X509, X509_free>>;
using pkey_ptr = std::unique_ptr<EVP_PKEY, freed<EVP_PKEY, EVP_PKEY_free>>;
using digest_ptr = std::unique_ptr<EVP_MD_CTX, freed<EVP_MD_CTX, EVP_MD_CTX_free>>;

bio_ptr bytes_of(const std::string& text) {
  return bio_ptr{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

/// Never asks the terminal for the phrase of an encrypted key.
int no_phrase(char*, int, int, void*) {
  return 0;
}

x509_ptr read_certificate(const std::string& pem) {
  x509_ptr out{PEM_read_bio_X509(bytes_of(pem).get(), nullptr, no_phrase, nullptr)};
  ERR_clear_error();
  return out;
}

error no_certificate() {
  return fail(ec::config_invalid, "certificate_file: holds no certificate in PEM");
}

result<pkey_ptr> read_key(const std::string& pem, X509* certificate) {
  pkey_ptr key{PEM_read_bio_PrivateKey(bytes_of(pem).get(), nullptr, no_phrase, nullptr)};
  const bool fits = key && X509_check_private_key(certificate, key.get()) == 1;
  ERR_clear_error();
  if (!key) return fail(ec::config_invalid, "certificate_key: is no private key in plain PEM");
  if (EVP_PKEY_base_id(key.get()) != EVP_PKEY_RSA || EVP_PKEY_bits(key.get()) < least_key_bits)
    return fail(ec::config_invalid, "certificate_key: is no RSA key of 2048 bits or more");
  if (!fits) return fail(ec::config_invalid, "certificate_key: is not the certificate's");
  return key;
}

result<std::string> sign(const std::string& text, EVP_PKEY* key, bool pss) {
  const digest_ptr context{EVP_MD_CTX_new()};
  EVP_PKEY_CTX* settings = nullptr;
  std::string out(static_cast<std::size_t>(EVP_PKEY_size(key)), '\0');
  std::size_t size = out.size();
  const bool good =
      context && EVP_DigestSignInit(context.get(), &settings, EVP_sha256(), nullptr, key) == 1 &&
      (!pss || (EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) == 1 &&
                EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST) == 1)) &&
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                     reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
  ERR_clear_error();
  if (!good) return fail(ec::internal, "the client assertion could not be signed");
  out.resize(size);
  return out;
}

}  // namespace

result<std::string> sign_assertion(const assertion_claims& claims, const std::string& certificate,
                                   const std::string& key, bool pss) {
  const auto x509 = read_certificate(certificate);
  if (!x509) return no_certificate();
  auto pkey = read_key(key, x509.get());
  if (!pkey) return pkey.error();
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned n = 0;
  if (X509_digest(x509.get(), EVP_sha256(), digest.data(), &n) != 1) return no_certificate();
  const std::string print(reinterpret_cast<const char*>(digest.data()), n);
  const int64_t now = to_millis(claims.at) / 1000;
  const nlohmann::json header{
      {"alg", pss ? "PS256" : "RS256"}, {"typ", "JWT"}, {"x5t#S256", base64url(print)}};
  const nlohmann::json body{{"aud", claims.audience},      {"iss", claims.client_id},
                            {"sub", claims.client_id},     {"jti", claims.id},
                            {"nbf", now - valid_before_s}, {"iat", now},
                            {"exp", now + valid_for_s}};
  using nlohmann::json;
  const auto dump = [](const json& j) {
    return base64url(j.dump(-1, ' ', false, json::error_handler_t::replace));
  };
  const auto text = dump(header) + "." + dump(body);
  const auto signature = sign(text, pkey->get(), pss);
  if (!signature) return signature.error();
  return text + "." + base64url(*signature);
}

result<time_point> certificate_end(const std::string& certificate) {
  const auto x509 = read_certificate(certificate);
  if (!x509) return no_certificate();
  std::tm when{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(x509.get()), &when) != 1) return no_certificate();
  return time_point{std::chrono::duration_cast<duration>(std::chrono::seconds{::timegm(&when)})};
}

}  // namespace postroom::channels
