#include "app/admin_changes.hpp"

#include "app/admin_words.hpp"

namespace postroom::app {
namespace {

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

}  // namespace postroom::app
