#include "channels/imap_parser.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "channels/imap_scanner.hpp"

namespace postroom::channels {

namespace {

constexpr uint64_t max_small_literal = 64u << 10;
constexpr std::size_t text_kept = 4u << 10;
/// Of one answer. What we ask for has one; each makes all that came before it be read again.
constexpr std::size_t max_literals = 64;

/// The n of a text that ends with "{n}".
std::optional<uint64_t> literal_size(std::string_view text, std::size_t& marker) {
  if (!text.ends_with('}')) return std::nullopt;
  marker = text.rfind('{');
  if (marker == text.npos) return std::nullopt;
  imap_scanner in(text.substr(marker + 1));
  const auto n = in.number();
  if (!n || !in.take('}') || !in.at_end()) return std::nullopt;
  return n;
}

/// Texts for people may end with "{5}" as they like.
bool may_hold_literals(std::string_view text) {
  if (!text.starts_with("* ")) return false;
  imap_scanner in(text.substr(2));
  const auto word = upper(in.word());
  return word != "OK" && word != "NO" && word != "BAD" && word != "BYE" && word != "PREAUTH";
}

}  // namespace

result<void> imap_parser::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    if (in_literal_) {
      feed_literal(bytes);
    } else if (auto fed = feed_text(bytes); !fed) {
      return fed;
    }
  }
  return {};
}

result<void> imap_parser::feed_text(std::string_view& bytes) {
  const auto end = bytes.find('\n');
  const auto n = std::min(end, bytes.size());
  if (text_.size() + n + kept_text_ > max_text)
    return fail(ec::protocol_violation, "an answer longer than 1 MiB");
  text_.append(bytes.substr(0, n));
  if (end == bytes.npos) {
    bytes = {};
    return {};
  }
  bytes.remove_prefix(n + 1);
  return end_of_line();
}

result<void> imap_parser::end_of_line() {
  if (text_.ends_with('\r')) text_.pop_back();
  const auto literal = begin_literal();
  if (!literal) return literal.error();
  return *literal ? result<void>{} : end_of_answer();
}

result<bool> imap_parser::begin_literal() {
  std::size_t marker = 0;
  const auto size = literal_size(text_, marker);
  if (!size || !may_hold_literals(text_)) return false;
  if (literals_.size() == max_literals)
    return fail(ec::protocol_violation, "an answer with more than 64 literals");
  auto before = std::string_view(text_).substr(0, marker);
  if (before.ends_with('~')) before.remove_suffix(1);  // literal8, RFC 9051
  const auto start = parse_imap_start(before, literals_);
  if (!start) return start.error();
  plan_ = *size <= max_small_literal ? plan::keep : plan::skip;
  if (start->is_body) {
    if (start->so_far.body_is != imap_fetch::body_state::absent)
      return fail(ec::protocol_violation, "a mail twice in one answer");
    plan_ = to_.on_body(start->so_far, *size);
  } else if (plan_ == plan::keep) {
    kept_text_ += *size;
  }
  text_.erase(before.size(), marker - before.size());
  text_ += '\n';
  in_literal_ = true;
  size_ = *size;
  seen_ = 0;
  filled_ = 0;
  if (size_ == 0) end_of_literal();
  return true;
}

void imap_parser::feed_literal(std::string_view& bytes) {
  const auto n = static_cast<std::size_t>(std::min<uint64_t>(bytes.size(), size_ - seen_));
  auto part = bytes.substr(0, n);
  bytes.remove_prefix(n);
  seen_ += n;
  while (plan_ != plan::skip && !part.empty()) {
    if (filled_ == bytes_.size()) grow();
    const auto fit = std::min(part.size(), bytes_.size() - filled_);
    char* to = bytes_.data() + filled_;
    if (part.data() != to) std::memcpy(to, part.data(), fit);
    filled_ += fit;
    part.remove_prefix(fit);
    if (plan_ == plan::pieces && filled_ == piece_bytes && seen_ - part.size() < size_) {
      filled_ = 0;
      to_.on_piece(std::exchange(bytes_, {}));
    }
  }
  if (seen_ == size_) end_of_literal();
}

/// Sizes are the whole one halved again and again, so that the last step fits exactly: std::string
/// doubles anyway.
void imap_parser::grow() {
  const uint64_t whole = plan_ == plan::pieces ? std::min<uint64_t>(piece_bytes, size_) : size_;
  uint64_t next = whole;
  while (next > first_bytes && next / 2 >= filled_ + 1) next = (next + 1) / 2;
  bytes_.resize(static_cast<std::size_t>(std::max<uint64_t>(next, filled_ + 1)));
}

std::span<char> imap_parser::destination() {
  if (!in_literal_ || plan_ == plan::skip) return {};
  // Pieces always: so that what is read at once never reaches into a second piece.
  if (plan_ == plan::keep && size_ - seen_ < direct_bytes) return {};
  if (filled_ == bytes_.size()) grow();
  const auto n = std::min<uint64_t>(bytes_.size() - filled_, size_ - seen_);
  return {bytes_.data() + filled_, static_cast<std::size_t>(n)};
}

void imap_parser::end_of_literal() {
  in_literal_ = false;
  imap_literal done;
  done.size = size_;
  bytes_.resize(filled_);
  if (plan_ == plan::keep) {
    done.state = imap_fetch::body_state::kept;
    done.bytes = std::make_shared<std::string>(std::exchange(bytes_, {}));
  } else if (plan_ == plan::pieces) {
    done.state = imap_fetch::body_state::streamed;
    if (filled_ > 0) to_.on_piece(std::exchange(bytes_, {}));
  }
  bytes_.clear();
  literals_.push_back(std::move(done));
}

result<void> imap_parser::end_of_answer() {
  auto r = parse_imap(text_, literals_);
  text_.clear();
  literals_.clear();
  kept_text_ = 0;
  if (!r) return r.error();
  to_.on_response(*r);
  return {};
}

void imap_parser::trim() {
  if (text_.empty() && text_.capacity() > text_kept) text_.shrink_to_fit();
  literals_.shrink_to_fit();
  if (!in_literal_) bytes_ = {};
}

}  // namespace postroom::channels
