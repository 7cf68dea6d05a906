#include "channels/ews_scanner.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace postroom::channels {
namespace {

constexpr std::size_t max_name = 64;
constexpr std::size_t max_entity = 8;
constexpr std::size_t max_envelope = 1u << 20;

bool is_xml_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::string_view local_name(std::string_view name) {
  const auto colon = name.rfind(':');
  return colon == name.npos ? name : name.substr(colon + 1);
}

/// XML 1.0, production Char.
bool is_legal(uint32_t c) {
  return c == 0x9 || c == 0xA || c == 0xD || (c >= 0x20 && c <= 0xD7FF) ||
         (c >= 0xE000 && c <= 0xFFFD) || (c >= 0x10000 && c <= 0x10FFFF);
}

/// The length of the reference to a character that `text` begins with, if that one is illegal.
std::size_t illegal_reference(std::string_view text) {
  constexpr std::size_t longest = 16;
  const auto end = text.substr(0, longest).find(';');
  if (end == text.npos || !text.starts_with("&#")) return 0;
  auto number = text.substr(2, end - 2);
  const int base = number.starts_with('x') || number.starts_with('X') ? 16 : 10;
  if (base == 16) number.remove_prefix(1);
  uint32_t code = 0;
  const auto [stop, failed] =
      std::from_chars(number.data(), number.data() + number.size(), code, base);
  if (stop != number.data() + number.size()) return 0;
  return failed == std::errc{} && is_legal(code) ? 0 : end + 1;
}

/// The length of an illegal character that stands there raw: controls, U+FFFE, U+FFFF.
std::size_t illegal_bytes(std::string_view text) {
  const auto c = static_cast<unsigned char>(text.front());
  if (c < 0x20) return is_legal(c) ? 0 : 1;
  return text.starts_with("\xEF\xBF\xBE") || text.starts_with("\xEF\xBF\xBF") ? 3 : 0;
}

}  // namespace

ews_scanner::ews_scanner(on_mime_fn on_mime, std::size_t max_rest)
    : on_mime_(std::move(on_mime)), max_rest_(max_rest) {}

result<void> ews_scanner::feed(std::string_view bytes) {
  while (!broken_ && !bytes.empty()) {
    if (!step(bytes) || rest_.size() > max_rest_) broken_ = true;
  }
  if (broken_)
    return fail(ec::protocol_violation, rest_.size() > max_rest_
                                            ? "the answer is far too long"
                                            : "the answer cannot be read as XML with a mail");
  return {};
}

bool ews_scanner::step(std::string_view& bytes) {
  if (state_ == state::content) return take_content(bytes);
  if (state_ == state::text) {
    const auto end = std::min(bytes.find('<'), bytes.size());
    rest_.append(bytes.substr(0, end));
    bytes.remove_prefix(end);
    if (bytes.empty()) return true;
  }
  const char c = bytes.front();
  bytes.remove_prefix(1);
  rest_ += c;
  return take_markup(c);
}

bool ews_scanner::take_content(std::string_view& bytes) {
  const auto end = std::min(bytes.find('<'), bytes.size());
  if (!decode(bytes.substr(0, end))) return false;
  bytes.remove_prefix(end);
  if (bytes.empty()) return true;
  bytes.remove_prefix(1);
  if (in_entity_ || !base64_.end()) return false;
  rest_ += '<';
  state_ = state::opened;
  return true;
}

bool ews_scanner::decode(std::string_view text) {
  decoded_.clear();
  while (!text.empty()) {
    if (in_entity_) {
      if (!take_entity(text)) return false;
      continue;
    }
    const auto end = std::min(text.find('&'), text.size());
    if (!base64_.read(text.substr(0, end), decoded_)) return false;
    text.remove_prefix(end);
    in_entity_ = !text.empty();
    if (in_entity_) text.remove_prefix(1);
  }
  if (!decoded_.empty()) on_mime_(contents_ - 1, decoded_);
  return true;
}

/// Only white space may be written as a reference: &#xD;
bool ews_scanner::take_entity(std::string_view& text) {
  const char c = text.front();
  text.remove_prefix(1);
  if (c != ';') {
    entity_ += c;
    return entity_.size() <= max_entity;
  }
  in_entity_ = false;
  static constexpr std::array<std::string_view, 8> blanks = {"#xD", "#xA", "#x9",  "#13",
                                                             "#10", "#9",  "#x20", "#32"};
  return std::ranges::find(blanks, std::exchange(entity_, {})) != blanks.end();
}

bool ews_scanner::take_markup(char c) {
  switch (state_) {
    case state::text:
      state_ = state::opened;
      break;
    case state::opened:
      return take_opened(c);
    case state::bang:
      return take_bang(c);
    case state::tag:
      return take_tag(c);
    case state::comment:
      if (c == '>' && last_ == '-' && before_ == '-') state_ = state::text;
      break;
    case state::cdata:
      if (c == '>' && last_ == ']' && before_ == ']') state_ = state::text;
      break;
    case state::instruction:
      if (c == '>' && last_ == '?') state_ = state::text;
      break;
    case state::content:
      break;
  }
  before_ = std::exchange(last_, c);
  return true;
}

bool ews_scanner::take_opened(char c) {
  if (in_content_ && c != '/') return false;
  name_.assign(1, c);
  name_done_ = false;
  quote_ = 0;
  last_ = before_ = 0;
  state_ = c == '!' ? state::bang : c == '?' ? state::instruction : state::tag;
  return c != '>' && c != '<' && !is_xml_space(c);
}

bool ews_scanner::take_bang(char c) {
  name_ += c;
  last_ = before_ = 0;
  if (name_ == "!--") state_ = state::comment;
  if (name_ == "![CDATA[") state_ = state::cdata;
  return state_ != state::bang || std::string_view("!--").starts_with(name_) ||
         std::string_view("![CDATA[").starts_with(name_);
}

bool ews_scanner::take_tag(char c) {
  if (quote_) {
    if (c == quote_) quote_ = 0;
    return true;
  }
  if (c == '>') return end_tag();
  if (c == '<') return false;
  if (c == '"' || c == '\'') quote_ = c;
  if (is_xml_space(c) || (c == '/' && name_.size() > 1)) name_done_ = true;
  if (!name_done_ && name_.size() < max_name) name_ += c;
  last_ = c;
  return true;
}

bool ews_scanner::end_tag() {
  state_ = state::text;
  if (name_.starts_with('/')) {
    const bool was = std::exchange(in_content_, false);
    return !was || local_name(std::string_view(name_).substr(1)) == "MimeContent";
  }
  if (local_name(name_) != "MimeContent") return true;
  ++contents_;
  if (last_ == '/') return true;
  in_content_ = true;
  state_ = state::content;
  return true;
}

std::string without_illegal_characters(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    auto skip = illegal_bytes(text);
    if (text.front() == '&') skip = illegal_reference(text);
    if (skip == 0) out += text.front();
    text.remove_prefix(std::max<std::size_t>(skip, 1));
  }
  return out;
}

result<void> ews_envelopes::feed(std::string_view bytes) {
  static constexpr std::string_view end_of_name = "Envelope>";
  text_.append(bytes);
  while (true) {
    const auto found = text_.find(end_of_name, searched_);
    if (found == text_.npos) break;
    const auto size = found + end_of_name.size();
    searched_ = size;
    const auto tag = text_.rfind('<', found);
    if (tag == text_.npos || text_.compare(tag, 2, "</") != 0) continue;
    std::string envelope = text_.substr(0, size);
    text_.erase(0, size);
    searched_ = 0;
    on_envelope_(std::move(envelope));
  }
  searched_ = std::max(searched_, text_.size() - std::min(text_.size(), end_of_name.size() - 1));
  if (text_.size() > max_envelope)
    return fail(ec::protocol_violation, "an envelope of the stream is far too long");
  return {};
}

}  // namespace postroom::channels
