#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "channels/base64.hpp"

/// Reads what an Exchange server sends without ever holding a large mail. Pure.
namespace postroom::channels {

/// Splits an answer in two: the text of each element MimeContent (decoded, as it comes), and the
/// rest, which is small enough for a parser of trees. Any bytes, cut anywhere, give the same.
/// ec::protocol_violation for a document type, for elements within MimeContent, for text in it that
/// is no base64, and for more than `max_rest` bytes of rest.
class ews_scanner {
 public:
  /// Decoded bytes of the MimeContent of this number, counted from 0.
  using on_mime_fn = std::function<void(std::size_t number, std::string_view bytes)>;

  explicit ews_scanner(on_mime_fn on_mime, std::size_t max_rest = 4u << 20);

  result<void> feed(std::string_view bytes);
  /// How many MimeContent there were so far, empty ones among them.
  [[nodiscard]] std::size_t contents() const { return contents_; }
  /// All but the texts of MimeContent.
  std::string take_rest() { return std::move(rest_); }

 private:
  enum class state { text, opened, tag, bang, comment, cdata, instruction, content };

  bool step(std::string_view& bytes);
  bool take_content(std::string_view& bytes);
  bool decode(std::string_view text);
  bool take_entity(std::string_view& text);
  bool take_markup(char c);
  bool take_opened(char c);
  bool take_bang(char c);
  bool take_tag(char c);
  bool end_tag();

  on_mime_fn on_mime_;
  std::size_t max_rest_;
  std::string rest_, name_, decoded_, entity_;
  state state_ = state::text;
  bool in_content_ = false;  ///< between <MimeContent> and its end
  bool in_entity_ = false;
  bool name_done_ = false;
  char quote_ = 0, last_ = 0, before_ = 0;
  std::size_t contents_ = 0;
  base64_decoder base64_;
  bool broken_ = false;
};

/// Without the characters that XML 1.0 (section 2.2) forbids, be they raw or references such as
/// &#x1;. Exchange sends them when they are in a mail.
std::string without_illegal_characters(std::string_view text);

/// Cuts a stream of envelopes apart, as GetStreamingEvents answers them.
class ews_envelopes {
 public:
  using on_envelope_fn = std::function<void(std::string envelope)>;
  explicit ews_envelopes(on_envelope_fn on_envelope) : on_envelope_(std::move(on_envelope)) {}
  /// ec::protocol_violation when an envelope is larger than 1 MiB.
  result<void> feed(std::string_view bytes);

 private:
  on_envelope_fn on_envelope_;
  std::string text_;
  std::size_t searched_ = 0;
};

}  // namespace postroom::channels
