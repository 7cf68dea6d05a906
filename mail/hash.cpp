#include "mail/hash.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/digest.hpp"

namespace postroom::mail {

namespace {

/// Gathers what is between two dropped CRs, so that the digest is fed in large pieces: a call per
/// line would cost more than the hashing.
class bare_lines_digest {
 public:
  explicit bare_lines_digest(sha256& sink) : sink_(sink) {}
  void add(std::string_view bytes);
  void flush() {
    sink_.update({buffer_.data(), used_});
    used_ = 0;
  }

 private:
  void keep(std::string_view bytes);
  sha256& sink_;
  std::array<char, 32u << 10> buffer_;
  std::size_t used_ = 0;
};

void bare_lines_digest::keep(std::string_view bytes) {
  if (used_ + bytes.size() > buffer_.size()) flush();
  if (bytes.size() > buffer_.size()) {
    sink_.update(bytes);
    return;
  }
  std::memcpy(buffer_.data() + used_, bytes.data(), bytes.size());
  used_ += bytes.size();
}

void bare_lines_digest::add(std::string_view bytes) {
  std::size_t from = 0;
  for (auto cr = bytes.find('\r'); cr != std::string_view::npos;) {
    // Line ends converted twice have several.
    auto next = std::min(bytes.find_first_not_of('\r', cr), bytes.size());
    if (next < bytes.size() && bytes[next] == '\n') {
      keep(bytes.substr(from, cr - from));
      from = next;
    }
    cr = bytes.find('\r', next);
  }
  keep(bytes.substr(from));
  flush();
}

}  // namespace

std::string content_hash(const mail_fields& fields, std::string_view header,
                         std::string_view body) {
  sha256 digest;
  // A device that sends the same alarm twice without a Message-ID sends two mails: only the way
  // they took, in Received, tells them apart.
  if (fields.message_id.empty()) bare_lines_digest(digest).add(header);
  // Each value is one line, so no value can pass for the next field.
  for (auto value : {fields.message_id, fields.from, fields.date, fields.subject})
    digest.update(unfold(value, value.size())).update("\n");
  bare_lines_digest(digest).add(body);
  return to_hex(digest.finish());
}

}  // namespace postroom::mail
