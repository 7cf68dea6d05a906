#include <algorithm>
#include <vector>

#include "base/digest.hpp"
#include "mail/ascii.hpp"
#include "mail/header_out.hpp"
#include "mail/mail.hpp"
#include "mail/transfer.hpp"
#include "mail/utf8.hpp"

namespace postroom::mail {

namespace {

/// Lines may have 998 bytes (RFC 5322 section 2.1.1); longer ones are encoded.
constexpr std::size_t max_line = 990;

bool has_long_line(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    auto end = std::min(text.find('\n', at), text.size());
    if (end - at > max_line) return true;
    at = end + 1;
  }
  return false;
}

transfer best_transfer(std::string_view text) {
  auto high = static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }));
  // Quoted-printable takes three bytes for one, base64 four for three whatever they are.
  if (high * 6 > text.size()) return transfer::base64;
  return high > 0 || has_long_line(text) ? transfer::quoted_printable : transfer::identity;
}

std::string_view transfer_name(transfer how) {
  if (how == transfer::base64) return "base64";
  return how == transfer::quoted_printable ? "quoted-printable" : "7bit";
}

/// One text part with its content header.
std::string text_part(std::string_view subtype, std::string_view body) {
  auto text = clean_text(guess_utf8(body));
  if (text.empty() || text.back() != '\n') text += '\n';
  auto how = best_transfer(text);
  std::string out = "Content-Type: text/";
  out.append(subtype).append("; charset=utf-8\r\nContent-Transfer-Encoding: ");
  out.append(transfer_name(how)).append("\r\n\r\n");
  return out + encode(text, how);
}

/// The same mail always gives the same boundary, and no text can hold the digest of itself. Base64
/// holds no boundary.
std::string boundary_of(const outgoing_mail& mail, std::string_view use) {
  sha256 digest;
  digest.update(use)
      .update(mail.message_id)
      .update("\n")
      .update(mail.text)
      .update("\n")
      .update(mail.html);
  return "=_" + to_hex(digest.finish()).substr(0, 40);
}

std::string alternative(const outgoing_mail& mail) {
  auto boundary = boundary_of(mail, {});
  auto begin = "--" + boundary + "\r\n";
  return "Content-Type: multipart/alternative;\r\n boundary=\"" + boundary + "\"\r\n\r\n" + begin +
         text_part("plain", mail.text) + "\r\n" + begin + text_part("html", mail.html) + "\r\n--" +
         boundary + "--\r\n";
}

std::string text_of(const outgoing_mail& mail) {
  return mail.html.empty() ? text_part("plain", mail.text) : alternative(mail);
}

std::string file_part(const outgoing_file& file) {
  std::string name;
  for (char c : file.name)
    if (is_alnum(c) || c == '.' || c == '-' || c == '_') name += c;
  return "Content-Type: " + clean_line(file.content_type) + ";\r\n name=\"" + name +
         "\"\r\nContent-Disposition: attachment;\r\n filename=\"" + name +
         "\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encode_bytes(*file.bytes);
}

std::string with_file(const outgoing_mail& mail) {
  auto boundary = boundary_of(mail, "mixed\n");
  auto begin = "--" + boundary + "\r\n";
  auto out = "Content-Type: multipart/mixed;\r\n boundary=\"" + boundary + "\"\r\n\r\n" + begin +
             text_of(mail) + "\r\n" + begin;
  return out.append(file_part(mail.file)).append("\r\n--" + boundary + "--\r\n");
}

std::string header(const outgoing_mail& mail) {
  auto out = date_field("Date", mail.date);
  out += address_field("From", {mail.from});
  if (!mail.reply_to.addr.empty()) out += address_field("Reply-To", {mail.reply_to});
  out += address_field("To", mail.to);
  if (!mail.cc.empty()) out += address_field("Cc", mail.cc);
  out += text_field("Subject", mail.subject);
  out += id_field("Message-ID", {mail.message_id});
  out += id_field("In-Reply-To", {mail.in_reply_to});
  out += id_field("References", mail.references);
  if (!mail.auto_submitted.empty()) {
    out += text_field("Auto-Submitted", mail.auto_submitted);
    // Exchange and Outlook do not know RFC 3834: neither absence notes nor receipts ([MS-OXCMAIL]).
    out += text_field("X-Auto-Response-Suppress", "All");
  }
  if (!mail.probe.empty()) out += text_field("X-Postroom-Probe", mail.probe);
  if (!mail.loop_mark.empty()) {
    out += text_field(loop_field, mail.loop_mark);
    out += id_field(own_id_field, {mail.message_id});
  }
  return out + "MIME-Version: 1.0\r\n";
}

}  // namespace

std::string render(const outgoing_mail& mail) {
  return header(mail) + (mail.file.bytes ? with_file(mail) : text_of(mail));
}

}  // namespace postroom::mail
