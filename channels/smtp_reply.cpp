#include "channels/smtp_reply.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace postroom::channels {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string upper_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

/// The mail needs a sign-in that did not happen or does not suffice (RFC 4954).
bool wants_sign_in(int code) {
  return code == 530 || code == 534 || code == 535 || code == 538;
}

void judge_before_recipient(int code, send_report& out) {
  out.code = wants_sign_in(code) ? ec::auth_refused : ec::server_busy;
  out.server_wide = true;
}

/// MAIL tells the sender and the size: a refusal of those is for good, and of this mail alone.
void judge_mail_from(int code, send_report& out) {
  const bool of_size = code == 552;  // over the server's limit (RFC 1870)
  const bool of_sender = code == 501 || code == 503 || code == 550 || code == 553;
  if (!of_size && !of_sender) return judge_before_recipient(code, out);
  out.code = of_size ? ec::mail_too_large : ec::recipient_refused;
  out.permanent = true;
  // For the person who looks at the dead letter: it is not the recipient who has to be corrected.
  if (of_sender) out.reply = readable("MAIL FROM refused: " + out.reply);
}

void judge_after_recipient(int code, send_report& out) {
  if (code == 530) {
    out.code = ec::auth_refused;
    out.server_wide = true;
  } else if (code >= 500) {
    out.code = ec::recipient_refused;
    out.permanent = true;
  } else {
    out.code = ec::server_busy;
  }
}

}  // namespace

result<std::optional<smtp_reply>> smtp_reply_parser::next(std::string_view& in) {
  while (!in.empty()) {
    auto end = in.find('\n');
    auto part = in.substr(0, end);
    if (partial_.size() + part.size() > max_line)
      return fail(ec::protocol_violation, "a line of the server is too long");
    in.remove_prefix(end == std::string_view::npos ? in.size() : end + 1);
    partial_.append(part);
    if (end == std::string_view::npos) break;
    if (partial_.ends_with('\r')) partial_.pop_back();
    auto last = add_line(partial_);
    partial_.clear();
    if (!last) return last.error();
    if (*last) return std::optional(std::exchange(reply_, {}));
  }
  return std::optional<smtp_reply>{};
}

result<bool> smtp_reply_parser::add_line(std::string_view line) {
  bool shaped = line.size() >= 3 && line[0] >= '2' && line[0] <= '5' && is_digit(line[1]) &&
                is_digit(line[2]) && (line.size() == 3 || line[3] == ' ' || line[3] == '-');
  if (!shaped) return fail(ec::protocol_violation, "a line of the server is no SMTP reply");
  int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
  if (!reply_.lines.empty() && code != reply_.code)
    return fail(ec::protocol_violation, "the lines of a reply have different codes");
  if (reply_.lines.size() == max_lines) return fail(ec::protocol_violation, "a reply does not end");
  reply_.code = code;
  reply_.lines.emplace_back(line.substr(std::min<std::size_t>(line.size(), 4)));
  return line.size() == 3 || line[3] == ' ';
}

send_report report_of(smtp_stage stage, const smtp_reply& reply) {
  send_report out;
  out.reply_code = reply.code;
  out.reply = readable(reply.lines.back());
  if (reply.positive()) return out;
  if (reply.code < 400) {
    out.code = ec::protocol_violation;
    out.server_wide = true;
  } else if (stage == smtp_stage::sign_in) {
    judge_before_recipient(reply.code, out);
  } else if (stage == smtp_stage::mail_from) {
    judge_mail_from(reply.code, out);
  } else {
    judge_after_recipient(reply.code, out);
    out.of_recipient = stage == smtp_stage::rcpt_to && out.permanent;
  }
  return out;
}

std::string readable(std::string_view text) {
  std::string out(text.substr(0, 500));
  for (char& c : out)
    if (c < ' ' || c > '~') c = '?';
  return out;
}

smtp_extensions extensions_of(const smtp_reply& ehlo) {
  smtp_extensions out;
  for (std::size_t i = 1; i < ehlo.lines.size(); ++i) {  // the first names the server
    const auto& line = ehlo.lines[i];
    auto word = upper_case(std::string_view(line).substr(0, line.find(' ')));
    if (word == "8BITMIME") out.eight_bit_mime = true;
    if (word == "SMTPUTF8") out.smtp_utf8 = true;
    if (word != "SIZE") continue;
    out.size = true;
    if (line.size() > 5) std::from_chars(line.data() + 5, line.data() + line.size(), out.max_size);
  }
  return out;
}

bool is_safe_address(std::string_view address) {
  if (address.empty() || address.size() > 320) return false;
  bool quoted = address.front() == '"';
  return std::all_of(address.begin(), address.end(), [quoted](char c) {
    auto byte = static_cast<unsigned char>(c);
    return byte >= ' ' && byte != 0x7f && c != '<' && c != '>' && (c != ' ' || quoted);
  });
}

}  // namespace postroom::channels
