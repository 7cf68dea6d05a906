#include "app/cli_admin.hpp"
#include "app/cli_commands.hpp"
#include "app/cli_table.hpp"
#include "app/cli_view.hpp"
#include "postroom/admin/v1/admin.pb.h"

namespace postroom::app {
namespace {

using admin::v1::ListOutboxResponse;
using admin::v1::ListQuarantineResponse;
using record::v1::OutboxRecipient;

int finish(terminal& term, const table& t, const std::string& next, const char* when_empty) {
  term.out << (t.empty() ? std::string{when_empty} + "\n" : t.render(term.width, term.colour));
  if (!next.empty()) term.out << "there are more: --limit N\n";
  return exit_done;
}

cell state_of(const OutboxRecipient& r) {
  switch (r.state()) {
    case OutboxRecipient::SENT:
      return {show_state(r), style::good};
    case OutboxRecipient::DEAD:
      return {show_state(r), style::bad};
    case OutboxRecipient::CANCELLED:
      return {show_state(r), style::dim};
    default:
      return {show_state(r), r.attempts() > 0 ? style::warn : style::none};
  }
}

cell reason_of(const record::v1::QuarantineEntry& e) {
  return {e.reason(), e.discarded_at() == 0 ? style::warn : style::dim};
}

std::string discard_of(const record::v1::QuarantineEntry& e) {
  if (e.discarded_at() == 0) return {};
  return "discarded by " + e.discarded_by() + ": " + e.discard_reason();
}

}  // namespace

int run_quarantine(const invocation& in, terminal& term) {
  admin::v1::ListQuarantineRequest request;
  request.set_partition(partition_of(in));
  request.set_include_discarded(in.has("all"));
  const auto list = ask_pages<ListQuarantineResponse>(
      in, term, "QuarantineService/List", request,
      [](const ListQuarantineResponse& r) { return r.items_size(); });
  if (!list) return exit_failed;
  if (in.has("json")) {
    print_json(term, *list);
    return exit_done;
  }
  table t{{{"ID"},
           {"SINCE"},
           {"MAILBOX"},
           {"MAIL", false, true},
           {"REASON"},
           {"SIZE", true},
           {"DETAIL", false, true},
           {"BY HAND", false, true}}};
  for (const auto& item : list->items()) {
    const auto& e = item.entry();
    t.add({show_id(item.partition(), e.mail()), show_time(e.at()), e.key().mailbox(),
           show_key(e.key()), reason_of(e), show_size(e.size()), e.detail(), discard_of(e)});
  }
  return finish(term, t, list->next_page_token(), "the quarantine is empty");
}

int run_outbox(const invocation& in, terminal& term) {
  admin::v1::ListOutboxRequest request;
  request.set_partition(partition_of(in));
  request.set_dead_only(in.has("dead"));
  request.set_include_sent(in.has("all"));
  const auto list =
      ask_pages<ListOutboxResponse>(in, term, "OutboxService/List", request,
                                    [](const ListOutboxResponse& r) { return r.items_size(); });
  if (!list) return exit_failed;
  if (in.has("json")) {
    print_json(term, *list);
    return exit_done;
  }
  table t{{{"ID"},
           {"CALL"},
           {"KIND"},
           {"CREATED"},
           {"TO", false, true},
           {"STATE"},
           {"TRIES", true},
           {"NEXT TRY"},
           {"LAST REPLY", false, true},
           {"BY HAND", false, true}}};
  for (const auto& item : list->items()) {
    const auto& e = item.entry();
    for (const auto& r : e.recipients()) {
      const bool waits = r.state() == OutboxRecipient::PENDING;
      t.add({show_id(item.partition(), e.id()), show_call(item.partition(), e.call()), e.kind(),
             show_time(e.created_at()), r.address(), state_of(r), uint64_t{r.attempts()},
             waits ? show_time(e.next_attempt_at()) : "-", r.last_reply(), show_last_action(e)});
    }
  }
  return finish(term, t, list->next_page_token(), "the outbox is empty");
}

}  // namespace postroom::app
