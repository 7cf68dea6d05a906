#include "channels/transcript.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <utility>

#include "channels/smtp_reply.hpp"

namespace postroom::channels {

namespace {

constexpr std::size_t kept_of_line = 1'000;
constexpr std::string_view mask_text = "***";

bool starts_with_word(std::string_view text, std::string_view upper_word) {
  if (text.size() < upper_word.size()) return false;
  const auto end = text.substr(upper_word.size());
  if (!end.empty() && end.front() != ' ' && end.front() != ':') return false;
  return std::equal(upper_word.begin(), upper_word.end(), text.begin(), [](char a, char b) {
    return a == static_cast<char>(std::toupper(static_cast<unsigned char>(b)));
  });
}

/// Without the tag of an IMAP line.
std::string_view behind_tag(std::string_view text) {
  const auto blank = text.find(' ');
  return blank == text.npos ? std::string_view{} : text.substr(blank + 1);
}

/// The bytes a line announces with "{n}" at its end (RFC 9051, 4.3); 0: none.
uint64_t literal_of(std::string_view text) {
  const auto open = text.rfind('{');
  if (!text.ends_with('}') || open == text.npos) return 0;
  uint64_t n = 0;
  std::from_chars(text.data() + open + 1, text.data() + text.size(), n);
  return n;
}

/// libcurl says much; this much helps a person.
bool is_of_interest(std::string_view text) {
  constexpr std::array beginnings = {"Trying",
                                     "Connected to",
                                     "Could not resolve",
                                     "connect to",
                                     "Failed",
                                     "SSL ",
                                     "Server cert",
                                     "subject",
                                     "start date",
                                     "expire date",
                                     "issuer",
                                     "Connection",
                                     "Operation timed out",
                                     "error:"};
  if (text.starts_with("TLS")) return text.find("alert") != text.npos;
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [&](std::string_view b) { return text.starts_with(b); });
}

std::string body_note(uint64_t bytes) {
  return "(" + std::to_string(bytes) + " bytes, not shown)";
}

}  // namespace

void transcript::begin(std::string_view scheme, bool tls_first, std::string password) {
  std::lock_guard lock{mutex_};
  proto_ = scheme == "imap" ? proto::imap : scheme == "pop3" ? proto::pop3 : proto::smtp;
  tls_first_ = tls_first;
  password_ = std::move(password);
  reached_ = step::dns;
  client_ = server_ = {};
  auth_ = body_next_ = body_ = false;
  literal_left_ = 0;
}

void transcript::signed_in() {
  std::lock_guard lock{mutex_};
  reached_ = step::session;
}

void transcript::note(std::string_view text) {
  std::lock_guard lock{mutex_};
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  if (!is_of_interest(text)) return;
  if (text.starts_with("Trying")) reached_ = step::connect;
  if (text.starts_with("Connected to")) reached_ = tls_first_ ? step::tls : step::sign_in;
  if (text.starts_with("SSL connection using")) reached_ = step::sign_in;
  add(side::note, std::string{text});
}

void transcript::sent(std::string_view bytes) {
  std::lock_guard lock{mutex_};
  feed(client_, bytes, &transcript::on_client);
}

void transcript::received(std::string_view bytes) {
  std::lock_guard lock{mutex_};
  while (!bytes.empty()) {
    const auto skipped = std::min<uint64_t>(literal_left_, bytes.size());
    bytes.remove_prefix(skipped);
    literal_left_ -= skipped;
    const auto end = std::min(bytes.find('\n'), bytes.size());
    const auto n = std::min(end + 1, bytes.size());
    feed(server_, bytes.substr(0, n), &transcript::on_server);
    bytes.remove_prefix(n);
  }
}

void transcript::exchanged(std::string said, step how_far) {
  std::lock_guard lock{mutex_};
  reached_ = std::max(reached_, how_far);
  add(side::client, std::move(said));
}

void transcript::feed(partial& p, std::string_view bytes,
                      void (transcript::*take)(const partial&)) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const auto part = bytes.substr(0, end);
    p.size += part.size();
    p.text.append(part.substr(0, kept_of_line - std::min(p.text.size(), kept_of_line)));
    if (end == bytes.npos) return;
    bytes.remove_prefix(end + 1);
    if (p.text.ends_with('\r')) p.text.pop_back();
    const auto whole = std::exchange(p, {});
    (this->*take)(whole);
  }
}

void transcript::on_client(const partial& p) {
  if (proto_ == proto::smtp && in_body(p, side::client)) return;
  if (auth_) return add(side::client, std::string{mask_text});
  if (masked_command(p.text)) return;
  note_command(proto_ == proto::imap ? behind_tag(p.text) : std::string_view{p.text});
  add(side::client, p.text);
}

/// Commands with a secret behind them.
bool transcript::masked_command(std::string_view text) {
  const auto command = proto_ == proto::imap ? behind_tag(text) : text;
  for (std::string_view name : {"AUTHENTICATE", "AUTH", "LOGIN", "PASS", "APOP"}) {
    if (!starts_with_word(command, name)) continue;
    auth_ = true;
    auto shown = std::string{text.substr(0, text.size() - command.size() + name.size())};
    auto rest = command.substr(name.size());
    if (name.starts_with("AUTH") && !rest.empty()) {
      const auto mechanism = rest.substr(0, std::min(rest.find(' ', 1), rest.size()));
      shown += mechanism;
      rest.remove_prefix(mechanism.size());
    }
    add(side::client, rest.empty() ? shown : shown + " " + std::string{mask_text});
    return true;
  }
  return false;
}

void transcript::note_command(std::string_view text) {
  if (starts_with_word(text, "STARTTLS") || starts_with_word(text, "STLS")) reached_ = step::tls;
  if (proto_ == proto::smtp) {
    if (starts_with_word(text, "MAIL FROM")) reached_ = step::sender;
    if (starts_with_word(text, "RCPT TO")) reached_ = step::recipient;
    body_next_ = starts_with_word(text, "DATA");
    if (body_next_) reached_ = step::data;
  } else if (proto_ == proto::pop3) {
    const bool listing = starts_with_word(text, "LIST") || starts_with_word(text, "UIDL");
    body_next_ = starts_with_word(text, "RETR") || starts_with_word(text, "TOP") ||
                 (listing && text.find(' ') == text.npos);
  }
}

void transcript::on_server(const partial& p) {
  if (proto_ == proto::pop3 && in_body(p, side::server)) return;
  if (auth_) return on_auth_answer(p.text);
  on_plain_answer(p.text);
}

void transcript::on_auth_answer(std::string_view text) {
  const bool challenge = proto_ == proto::smtp ? text.starts_with("334") : text.starts_with("+ ");
  const bool bare = text == "+" || text == "334";
  if (challenge || bare)
    return add(side::server, std::string{text.substr(0, proto_ == proto::smtp ? 3 : 1)} + " " +
                                 std::string{mask_text});
  const bool untagged = proto_ == proto::imap && text.starts_with("* ");
  const bool goes_on = proto_ == proto::smtp && text.size() > 3 && text[3] == '-';
  auth_ = untagged || goes_on;
  add(side::server, std::string{text});
}

void transcript::on_plain_answer(std::string_view text) {
  const bool yes = proto_ == proto::smtp ? text.starts_with("354") : text.starts_with("+OK");
  if (std::exchange(body_next_, false) && yes) {
    body_ = true;
    body_bytes_ = 0;
  }
  add(side::server, std::string{text});
  if (proto_ == proto::imap) literal_left_ = literal_of(text);
  if (literal_left_ > 0) add(side::server, body_note(literal_left_));
}

bool transcript::in_body(const partial& p, side who) {
  if (!body_) return false;
  if (p.text == "." && p.size <= 2) {
    body_ = false;
    add(who, body_note(body_bytes_));
  } else {
    body_bytes_ += p.size + 1;
  }
  return true;
}

void transcript::add(side who, std::string text) {
  auto shown = readable(masked(std::move(text)));
  if (lines_.size() >= max_lines || bytes_ + shown.size() > max_bytes) {
    ++left_out_;
    return;
  }
  bytes_ += shown.size();
  lines_.push_back({who, std::move(shown)});
}

std::string transcript::masked(std::string text) const {
  if (password_.empty()) return text;
  for (auto at = text.find(password_); at != std::string::npos;
       at = text.find(password_, at + mask_text.size()))
    text.replace(at, password_.size(), mask_text);
  return text;
}

std::vector<transcript::line> transcript::lines() const {
  std::lock_guard lock{mutex_};
  auto out = lines_;
  if (left_out_ > 0)
    out.push_back({side::note, std::to_string(left_out_) + " more lines are not shown"});
  return out;
}

transcript::step transcript::reached() const {
  std::lock_guard lock{mutex_};
  return reached_;
}

std::string transcript::mask(std::string text) const {
  std::lock_guard lock{mutex_};
  return masked(std::move(text));
}

}  // namespace postroom::channels
