#include <cstdint>
#include <cstdlib>

#include "every_string.hpp"
#include "mail/html_text.hpp"
#include "mail/utf8.hpp"

using namespace postroom::mail;

/// The first byte chooses between default and tight limits; the rest is the mail, and once more a
/// text to answer with.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view raw(reinterpret_cast<const char*>(data) + 1, size - 1);
  parse_limits limits;
  if (data[0] & 1)
    limits = {.max_text = 64,
              .max_attachments = 3,
              .max_addresses = 2,
              .max_header = 4096,
              .max_depth = 3};
  auto mail = parse(raw, limits);
  if (mail.ok()) {
    if (mail->text.size() > limits.max_text || mail->attachments.size() > limits.max_attachments)
      std::abort();
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
