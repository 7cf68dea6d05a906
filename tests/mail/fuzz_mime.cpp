#include <cstdint>
#include <cstdlib>

#include "every_string.hpp"
#include "mail/calendar.hpp"
#include "mail/charset.hpp"
#include "mail/encoded_words.hpp"
#include "mail/enriched.hpp"
#include "mail/flowed.hpp"
#include "mail/html_safe.hpp"
#include "mail/protection.hpp"
#include "mail/rtf.hpp"
#include "mail/signed_data.hpp"
#include "mail/tnef.hpp"
#include "mail/utf8.hpp"

using namespace postroom::mail;

namespace {

/// The readers of what stands inside of mails, which a mail made by chance hardly ever reaches.
void read_inside(std::string_view bytes) {
  auto must_be_utf8 = [](const std::string& s) {
    if (!is_utf8(s)) std::abort();
  };
  auto text = guess_utf8(bytes);
  must_be_utf8(describe_invitation(text, true));
  must_be_utf8(enriched_to_text(text));
  must_be_utf8(join_flowed(text, true));
  must_be_utf8(without_pgp_signature(text));
  must_be_utf8(decode_words(bytes, "koi8-r"));
  must_be_utf8(rtf_to_text(bytes, 1000));
  must_be_utf8(clean_text(guess_utf8(decompress_rtf(bytes, 1000))));
  auto html = make_safe_html(text, 500);
  must_be_utf8(html.html);
  if (html.html.size() > 500) std::abort();
  for (const auto* bad : {"<script", "<style", "<iframe", "<img src=\"http", "href=\"javascript"})
    if (html.html.find(bad) != std::string::npos) std::abort();
  for (auto charset : {"iso-2022-jp", "hz", "utf-7", "utf-16", "gb18030", "x-cp1251", ""})
    must_be_utf8(to_utf8(bytes, charset));
  if (auto content = read_tnef(bytes, 1000, 3)) must_be_utf8(content->text + content->html);
  std::string cms(bytes);
  signed_content(cms);
}

}  // namespace

/// The first byte chooses between default and tight limits; the rest is the mail, once more a text
/// to answer with, and what may stand inside of a mail.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view raw(reinterpret_cast<const char*>(data) + 1, size - 1);
  read_inside(raw);
  parse_limits limits;
  limits.max_html = 10'000;
  if (data[0] & 1)
    limits = {.max_text = 64,
              .max_html = 100,
              .max_attachments = 3,
              .max_addresses = 2,
              .max_header = 4096,
              .max_depth = 3};
  auto mail = parse(raw, limits);
  if (mail.ok()) {
    if (mail->text.size() > limits.max_text || mail->attachments.size() > limits.max_attachments)
      std::abort();
    if (mail->html.size() > limits.max_html) std::abort();
    if (mail->to.size() > limits.max_addresses) std::abort();
    every_string(*mail, [](const std::string& s) {
      if (!is_utf8(s)) std::abort();
    });
    auto answer = render({.from = mail->from,
                          .reply_to = mail->reply_to,
                          .to = mail->to,
                          .subject = mail->subject,
                          .text = mail->text,
                          .html = escape_html(mail->text),
                          .message_id = mail->message_id,
                          .in_reply_to = mail->in_reply_to,
                          .references = mail->references});
    if (!parse(answer).ok()) std::abort();
  }
  return 0;
}
