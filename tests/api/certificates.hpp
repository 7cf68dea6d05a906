#pragma once

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

namespace postroom::api {

using key_ptr = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;
using certificate_ptr = std::unique_ptr<X509, void (*)(X509*)>;

/// A certificate and what it is for. The files are FOLDER/NAME.pem and FOLDER/NAME.key.
struct certificate_wish {
  std::string name;
  std::string common_name;
  const char* alternative = nullptr;         ///< "DNS:localhost,IP:127.0.0.1"
  long valid_from = -3600, valid_to = 3600;  ///< seconds from now
};

/// A certificate authority that lives as long as the test; its certificate is FOLDER/NAME.pem.
class authority {
 public:
  authority(std::filesystem::path folder, const std::string& name) : folder_(std::move(folder)) {
    certificate_wish self{name, name};
    self.valid_to = 7200;
    certificate_ = sign(self, *key_, *key_, nullptr);
    write(name, *certificate_, nullptr);
  }

  void issue(const certificate_wish& wish) {
    const auto key = new_key();
    write(wish.name, *sign(wish, *key, *key_, certificate_.get()), key.get());
  }

  std::string file(const std::string& name) const { return folder_ / name; }

 private:
  static key_ptr new_key() { return {EVP_EC_gen("P-256"), EVP_PKEY_free}; }

  static void extend(X509& certificate, X509* issuer, int what, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer ? issuer : &certificate, &certificate, nullptr, nullptr, 0);
    auto* extension = X509V3_EXT_conf_nid(nullptr, &context, what, value);
    X509_add_ext(&certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }

  static certificate_ptr sign(const certificate_wish& wish, EVP_PKEY& own, EVP_PKEY& signer,
                              X509* issuer) {
    static long serial = 1;
    certificate_ptr out{X509_new(), X509_free};
    X509_set_version(out.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(out.get()), serial++);
    X509_gmtime_adj(X509_getm_notBefore(out.get()), wish.valid_from);
    X509_gmtime_adj(X509_getm_notAfter(out.get()), wish.valid_to);
    auto* subject = X509_get_subject_name(out.get());
    const auto add = [&](const char* field, const std::string& value) {
      X509_NAME_add_entry_by_txt(subject, field, MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(value.c_str()), -1, -1, 0);
    };
    add("O", "Example");
    add("CN", wish.common_name);
    X509_set_issuer_name(out.get(), issuer ? X509_get_subject_name(issuer) : subject);
    X509_set_pubkey(out.get(), &own);
    extend(*out, issuer, NID_basic_constraints, issuer ? "CA:FALSE" : "critical,CA:TRUE");
    if (wish.alternative) extend(*out, issuer, NID_subject_alt_name, wish.alternative);
    X509_sign(out.get(), &signer, EVP_sha256());
    return out;
  }

  void write(const std::string& name, X509& certificate, EVP_PKEY* key) const {
    std::FILE* to = std::fopen(file(name + ".pem").c_str(), "w");
    PEM_write_X509(to, &certificate);
    std::fclose(to);
    if (!key) return;
    to = std::fopen(file(name + ".key").c_str(), "w");
    PEM_write_PrivateKey(to, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(to);
  }

  std::filesystem::path folder_;
  key_ptr key_ = new_key();
  certificate_ptr certificate_{nullptr, X509_free};
};

}  // namespace postroom::api
