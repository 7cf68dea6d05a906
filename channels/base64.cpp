#include "channels/base64.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <new>

namespace postroom::channels {

namespace {

constexpr std::size_t step = 256u << 10;  // characters at once; OpenSSL counts in int
constexpr std::size_t held_by_openssl = 64;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string to_base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  out.resize(
      static_cast<std::size_t>(::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                                 bytes_of(bytes), static_cast<int>(bytes.size()))));
  return out;
}

struct base64_decoder::state {
  std::unique_ptr<EVP_ENCODE_CTX, decltype(&EVP_ENCODE_CTX_free)> context{EVP_ENCODE_CTX_new(),
                                                                          &EVP_ENCODE_CTX_free};
  bool ended = false;  ///< by padding: only white space may follow
};

base64_decoder::base64_decoder() : x_(std::make_unique<state>()) {
  if (!x_->context) throw std::bad_alloc();
  ::EVP_DecodeInit(x_->context.get());
}

base64_decoder::~base64_decoder() = default;

bool base64_decoder::read(std::string_view text, std::string& out) {
  if (text.find('-') != text.npos) return false;  // OpenSSL takes it for the end of a PEM body
  for (; !text.empty(); text.remove_prefix(std::min(text.size(), step))) {
    const auto piece = text.substr(0, step);
    if (x_->ended && piece.find_first_not_of(" \t\r\n") != piece.npos) return false;
    const auto had = out.size();
    out.resize(had + (piece.size() + held_by_openssl) / 4 * 3 + 3);
    int got = 0;
    const int more =
        ::EVP_DecodeUpdate(x_->context.get(), reinterpret_cast<unsigned char*>(out.data()) + had,
                           &got, bytes_of(piece), static_cast<int>(piece.size()));
    out.resize(had + static_cast<std::size_t>(std::max(got, 0)));
    if (more < 0) return false;
    if (more == 0 && piece.find('=') != piece.npos) x_->ended = true;
  }
  return true;
}

bool base64_decoder::end() {
  std::array<unsigned char, held_by_openssl> rest{};
  int got = 0;
  const bool whole = ::EVP_DecodeFinal(x_->context.get(), rest.data(), &got) == 1 && got == 0;
  ::EVP_DecodeInit(x_->context.get());
  x_->ended = false;
  return whole;
}

}  // namespace postroom::channels
