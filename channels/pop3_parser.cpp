#include "channels/pop3_parser.hpp"

#include <charconv>

namespace postroom::channels {

using kind = pop3_parser::event::kind;

pop3_parser::event pop3_parser::next(std::string_view& in) {
  if (partial_used_) {
    partial_.clear();
    partial_used_ = false;
  }
  switch (state_) {
    case state::status:
      return status_line(in);
    case state::listing:
      return listing_line(in);
    case state::broken:
      return fail("the answer is not POP3");
    default:
      return mail_bytes(in);
  }
}

pop3_parser::event pop3_parser::status_line(std::string_view& in) {
  auto line = take_line(in);
  if (state_ == state::broken) return fail("a line is too long");
  if (!line) return {};
  if (line->starts_with("-ERR")) return {kind::refused, line->substr(4)};
  if (!line->starts_with("+OK")) return fail("an answer begins with neither +OK nor -ERR");
  if (shape_ == reply::listing) state_ = state::listing;
  if (shape_ == reply::mail) state_ = state::body_line_start;
  return {kind::ok, line->substr(3)};
}

pop3_parser::event pop3_parser::listing_line(std::string_view& in) {
  auto line = take_line(in);
  if (state_ == state::broken) return fail("a line is too long");
  if (!line) return {};
  if (*line == ".") return finish();
  if (line->starts_with('.')) line->remove_prefix(1);
  return {kind::entry, *line};
}

/// Only CR LF ends a line here: a bare LF before a dot is the sender's text and must not end the
/// mail, or a mail could put words into the server's mouth.
pop3_parser::event pop3_parser::mail_bytes(std::string_view& in) {
  while (!in.empty()) {
    char c = in.front();
    switch (state_) {
      case state::body_line_start:
        state_ = c == '.' ? state::body_dot : state::body;
        if (c == '.') in.remove_prefix(1);
        break;
      case state::body_dot:  // the dot is dropped, whether it was stuffed or the end
        state_ = c == '\r' ? state::body_dot_cr : state::body;
        if (c == '\r') in.remove_prefix(1);
        break;
      case state::body_dot_cr:
        if (c == '\n') {
          in.remove_prefix(1);
          return finish();
        }
        state_ = state::body_cr;
        return {kind::body, "\r"};
      case state::body_cr:
        state_ = c == '\n' ? state::body_line_start : state::body;
        if (c == '\n') {
          auto line_feed = in.substr(0, 1);
          in.remove_prefix(1);
          return {kind::body, line_feed};
        }
        break;
      default:
        return run_of_body(in);
    }
  }
  return {};
}

/// All up to the next line that begins with a dot, in one piece.
pop3_parser::event pop3_parser::run_of_body(std::string_view& in) {
  auto bytes = in;
  if (auto end = in.find("\r\n."); end != std::string_view::npos) {
    bytes = in.substr(0, end + 2);
    state_ = state::body_line_start;
  } else if (in.ends_with("\r\n")) {
    state_ = state::body_line_start;
  } else if (in.ends_with('\r')) {
    state_ = state::body_cr;
  }
  in.remove_prefix(bytes.size());
  return {kind::body, bytes};
}

pop3_parser::event pop3_parser::finish() {
  state_ = state::status;
  shape_ = reply::line;
  return {kind::end, {}};
}

pop3_parser::event pop3_parser::fail(std::string_view why) {
  state_ = state::broken;
  return {kind::broken, why};
}

std::optional<std::string_view> pop3_parser::take_line(std::string_view& in) {
  auto end = in.find('\n');
  auto part = in.substr(0, end);
  if (partial_.size() + part.size() > max_line) {
    state_ = state::broken;
    return std::nullopt;
  }
  in.remove_prefix(end == std::string_view::npos ? in.size() : end + 1);
  if (end == std::string_view::npos || !partial_.empty()) {
    partial_.append(part);
    if (end == std::string_view::npos) return std::nullopt;
    part = partial_;
    partial_used_ = true;
  }
  if (part.ends_with('\r')) part.remove_suffix(1);
  return part;
}

error pop3_refusal(std::string_view text, ec otherwise) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  std::string detail = "-ERR ";
  for (char c : text.substr(0, 200)) detail += c >= ' ' && c < 0x7f ? c : '?';
  if (text.starts_with("[IN-USE]")) return postroom::fail(ec::server_busy, detail);
  if (text.starts_with("[SYS/")) return postroom::fail(ec::server_busy, detail);
  if (text.starts_with("[LOGIN-DELAY]")) return postroom::fail(ec::throttled, detail);
  if (text.starts_with("[AUTH]")) return postroom::fail(ec::auth_refused, detail);
  return postroom::fail(otherwise, detail);
}

std::optional<pop3_numbered> read_numbered(std::string_view line) {
  while (line.starts_with(' ')) line.remove_prefix(1);
  pop3_numbered out;
  auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), out.number);
  if (error != std::errc{}) return std::nullopt;
  line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  if (!line.empty() && line.front() != ' ') return std::nullopt;
  while (line.starts_with(' ')) line.remove_prefix(1);
  out.rest = line;
  return out;
}

}  // namespace postroom::channels
