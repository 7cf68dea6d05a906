#include <cstdint>
#include <cstdlib>

#include "mail/auth_results.hpp"
#include "mail/automatic.hpp"
#include "mail/fields.hpp"
#include "mail/fold.hpp"
#include "mail/mail.hpp"
#include "mail/org_domain.hpp"
#include "mail/reply_fold.hpp"
#include "mail/reply_subject.hpp"
#include "mail/reply_tag.hpp"
#include "mail/report.hpp"
#include "mail/trust.hpp"
#include "mail/utf8.hpp"

using namespace postroom::mail;

namespace {

void demand(bool holds) {
  if (!holds) std::abort();
}

void check_report(std::string_view raw) {
  const auto r = read_report(raw);
  if (!r) return;
  demand(r->recipients.size() <= report_bounds::recipients);
  demand(is_utf8(r->original_headers) && is_utf8(r->original_message_id) && is_utf8(r->detail));
  for (const auto& one : r->recipients) {
    demand(one.diagnostic.size() <= report_bounds::diagnostic && one.status.size() <= 9);
    demand(is_utf8(one.address) && is_utf8(one.final_address) && is_utf8(one.diagnostic));
  }
}

void check_header(std::string_view header) {
  const auto verdict = read_automatic(header);
  demand(is_utf8(verdict.evidence) && is_utf8(verdict.wants_none));
  demand(may_answer(verdict).allowed == may_answer(verdict).reason.empty());
  demand(read_auth_results(header).results.size() <= 100);
  const auto mail = parse(header);
  if (!mail) return;
  for (const bool below : {false, true}) {
    const trust_settings settings{{"mx.example.org", ""}, {"example.org"}, below};
    const auto judged = judge_sender(header_of(header), *mail, settings);
    demand(is_utf8(judged.evidence) && !judged.evidence.empty());
    demand(judged.domain == fold_address(domain_of(mail->from.addr)));
    demand(judged.kind != trust::aligned || (mail->from_doubt.empty() && !judged.domain.empty()));
  }
}

void check_reply(std::string_view text) {
  const auto folds = fold_reply(text);
  demand(folds.signature <= folds.quoted && folds.quoted <= text.size());
  if (const auto ref = find_reference(text)) demand(find_reference(render_reference(*ref)) == *ref);
  static const auto pattern = *reply_subject::make("[{call}]");
  for (const auto& found : pattern.find(text)) demand(found.number.value > 0);
}

}  // namespace

/// The bytes are a mail, a header, an Authentication-Results value, a text and a Message-ID.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  const std::string_view raw(reinterpret_cast<const char*>(data), size);
  check_report(raw);
  check_header(raw);
  check_reply(raw);
  return 0;
}
