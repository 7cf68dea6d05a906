#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mail/transfer.hpp"

/// S/MIME's opaque signed form (RFC 8551, 3.5.2) with nothing but what encloses the content: no
/// certificate and no signature.
namespace postroom::support {

/// One element of DER, of less than 64 KiB.
inline std::string der(uint8_t tag, std::string_view contents) {
  const auto size = contents.size();
  std::string out(1, static_cast<char>(tag));
  if (size < 0x80) {
    out += static_cast<char>(size);
  } else {
    out += '\x82';
    out += static_cast<char>(size >> 8);
    out += static_cast<char>(size & 0xFF);
  }
  return out.append(contents);
}

/// The same without a length, as programs write that do not know it in advance.
inline std::string indefinite(uint8_t tag, std::string_view contents) {
  return std::string(1, static_cast<char>(tag)) + '\x80' + std::string(contents) +
         std::string(2, '\0');
}

using element_writer = std::string (*)(uint8_t, std::string_view);

/// `octets` is the element that holds the content; empty: it stands elsewhere.
inline std::string signed_data(std::string_view octets, element_writer element = der) {
  const std::string pkcs7 = "\x2A\x86\x48\x86\xF7\x0D\x01\x07";
  const auto enclosed =
      der(0x06, pkcs7 + '\x01') + (octets.empty() ? std::string{} : element(0xA0, octets));
  const auto data = der(0x02, "\x01") + element(0x31, element(0x30, der(0x06, "\x60"))) +
                    element(0x30, enclosed) + element(0x31, "");
  return element(0x30, der(0x06, pkcs7 + '\x02') + element(0xA0, element(0x30, data)));
}

/// A part or a mail from its Content-Type on.
inline std::string opaque_signed(
    std::string_view entity,
    std::string_view type = "application/pkcs7-mime; smime-type=signed-data; name=smime.p7m") {
  return "Content-Type: " + std::string(type) + "\nContent-Transfer-Encoding: base64\n\n" +
         mail::encode_bytes(signed_data(der(0x04, entity)));
}

}  // namespace postroom::support
