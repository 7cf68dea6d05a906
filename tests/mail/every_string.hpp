#pragma once

#include "mail/mail.hpp"

/// Calls `use` with each string of a parsed mail.
template <class Use>
void every_string(const postroom::mail::parsed_mail& m, Use use) {
  auto both = [&](const postroom::mail::address& a) { use(a.name), use(a.addr); };
  both(m.from), both(m.reply_to);
  for (const auto& a : m.to) both(a);
  for (const auto& a : m.cc) both(a);
  use(m.local_sender), use(m.subject), use(m.message_id), use(m.in_reply_to), use(m.text),
      use(m.html), use(m.content_hash);
  for (const auto& id : m.references) use(id);
  for (const auto& a : m.attachments) use(a.name), use(a.content_type), use(a.content_id);
}
