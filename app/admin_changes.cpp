#include "app/admin_changes.hpp"

#include <chrono>
#include <optional>
#include <utility>

#include "app/admin_words.hpp"

namespace postroom::app {
namespace {

constexpr int max_mails = 100;
constexpr auto reprocess_limit = std::chrono::seconds{60};

template <class Request>
actors::change_outbox change_of(const Request& request, actors::change_outbox::kind what,
                                const std::string& from) {
  actors::change_outbox c;
  c.partition = partition_id{request.partition()};
  c.entry = request.id();
  c.what = what;
  c.who = request.who();
  c.reason = request.reason();
  c.from = from;
  return c;
}

template <class Response>
result<Response> answer_of(const std::string& partition, result<record::v1::OutboxEntry> entry) {
  if (!entry) return entry.error();
  entry->clear_text();
  entry->clear_html();
  Response out;
  out.set_partition(partition);
  *out.mutable_entry() = std::move(*entry);
  return out;
}

using reprocess_item = admin::v1::ReprocessQuarantineResponse::Item;

void fill(reprocess_item& item, result<actors::mail_reprocessed> done) {
  if (!done) {
    item.set_error(std::string{to_string(done.code())});
    item.set_detail(done.error().detail);
    return;
  }
  if (done->entry) *item.mutable_entry() = *done->entry;
  *item.mutable_ledger() = *done->ledger;
}

}  // namespace

result<admin::v1::RetryOutboxResponse> retry_outbox(const admin_backend& backend,
                                                    admin::v1::RetryOutboxRequest request,
                                                    const std::string& from) {
  if (auto ok = check_partition_and_who(request); !ok) return ok.error();
  if (auto ok = check_reason_if_demanded(backend, request); !ok) return ok.error();
  return answer_of<admin::v1::RetryOutboxResponse>(
      request.partition(),
      backend.change_outbox(change_of(request, actors::change_outbox::kind::retry, from)));
}

result<admin::v1::CancelOutboxResponse> cancel_outbox(const admin_backend& backend,
                                                      admin::v1::CancelOutboxRequest request,
                                                      const std::string& from) {
  if (auto ok = check_partition_and_who(request); !ok) return ok.error();
  if (auto ok = check_reason(request); !ok) return ok.error();
  return answer_of<admin::v1::CancelOutboxResponse>(
      request.partition(),
      backend.change_outbox(change_of(request, actors::change_outbox::kind::cancel, from)));
}

result<admin::v1::DiscardQuarantineResponse> discard_quarantine(
    const admin_backend& backend, admin::v1::DiscardQuarantineRequest request,
    const std::string& from) {
  if (auto ok = check_partition_and_who(request); !ok) return ok.error();
  if (auto ok = check_reason(request); !ok) return ok.error();
  auto entry = backend.discard({partition_id{request.partition()}, mail_id{request.mail()},
                                request.who(), request.reason(), from});
  if (!entry) return entry.error();
  admin::v1::DiscardQuarantineResponse out;
  out.set_partition(request.partition());
  *out.mutable_entry() = std::move(*entry);
  return out;
}

result<admin::v1::ReprocessQuarantineResponse> reprocess_quarantine(
    const admin_backend& backend, admin::v1::ReprocessQuarantineRequest request,
    const std::string& from) {
  if (auto ok = check_partition_and_who(request); !ok) return ok.error();
  if (auto ok = check_reason(request); !ok) return ok.error();
  if (request.mails().empty() || request.mails_size() > max_mails)
    return fail(ec::config_invalid, "mails: are " + std::to_string(request.mails_size()) +
                                        "; name 1 to " + std::to_string(max_mails));
  std::optional<trial_gate::pass> stay;
  if (request.mails_size() > 1) {
    auto pass = backend.gate->enter(request.partition());
    if (!pass) return pass.error();
    stay.emplace(std::move(*pass));
  }
  const auto until = std::chrono::steady_clock::now() + reprocess_limit;
  admin::v1::ReprocessQuarantineResponse out;
  out.set_partition(request.partition());
  for (const auto mail : request.mails()) {
    auto& item = *out.add_items();
    item.set_mail(mail);
    if (std::chrono::steady_clock::now() >= until)
      fill(item, fail(ec::timeout, "not tried yet, as others took long; ask again"));
    else
      fill(item, backend.reprocess({partition_id{request.partition()}, mail_id{mail}, request.who(),
                                    request.reason(), from, request.accept()}));
  }
  return out;
}

}  // namespace postroom::app
