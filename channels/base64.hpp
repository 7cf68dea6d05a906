#pragma once

#include <memory>
#include <string>
#include <string_view>

/// Base64 (RFC 4648, 4) by OpenSSL. Pure.
namespace postroom::channels {

/// Without line ends.
std::string to_base64(std::string_view bytes);

/// Decodes a text that comes in pieces, cut anywhere; white space is passed over.
class base64_decoder {
 public:
  base64_decoder();
  ~base64_decoder();
  base64_decoder(const base64_decoder&) = delete;
  base64_decoder& operator=(const base64_decoder&) = delete;

  /// Appends what can be decoded by now. False: what was read is no base64.
  bool read(std::string_view text, std::string& out);
  /// False: the text ended within a byte. Then the next text may begin.
  bool end();

 private:
  struct state;
  std::unique_ptr<state> x_;
};

}  // namespace postroom::channels
