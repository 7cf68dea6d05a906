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
      return {"sent", style::good};
    case OutboxRecipient::DEAD:
      return {"dead", style::bad};
    default:
      return {r.attempts() > 0 ? "waiting" : "new", r.attempts() > 0 ? style::warn : style::none};
  }
}

}  // namespace

int run_quarantine(const invocation& in, terminal& term) {
  admin::v1::ListQuarantineRequest request;
  request.set_partition(in.get("partition"));
  const auto list = ask_pages<ListQuarantineResponse>(
      in, term, "QuarantineService/List", request,
      [](const ListQuarantineResponse& r) { return r.items_size(); });
  if (!list) return exit_failed;
  if (in.has("json")) {
    print_json(term, *list);
    return exit_done;
  }
  table t{{{"PARTITION"},
           {"ID", true},
           {"SINCE"},
           {"MAILBOX"},
           {"MAIL", false, true},
           {"REASON"},
           {"SIZE", true},
           {"DETAIL", false, true}}};
  for (const auto& item : list->items()) {
    const auto& e = item.entry();
    t.add({item.partition(), e.mail(), show_time(e.at()), e.key().mailbox(), show_key(e.key()),
           cell{e.reason(), style::warn}, show_size(e.size()), e.detail()});
  }
  return finish(term, t, list->next_page_token(), "the quarantine is empty");
}

int run_outbox(const invocation& in, terminal& term) {
  admin::v1::ListOutboxRequest request;
  request.set_partition(in.get("partition"));
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
  table t{{{"PARTITION"},
           {"ID", true},
           {"CALL"},
           {"KIND"},
           {"CREATED"},
           {"TO", false, true},
           {"STATE"},
           {"TRIES", true},
           {"NEXT TRY"},
           {"LAST REPLY", false, true}}};
  for (const auto& item : list->items()) {
    const auto& e = item.entry();
    for (const auto& r : e.recipients()) {
      const bool waits = r.state() == OutboxRecipient::PENDING;
      t.add({item.partition(), e.id(), show_call(item.partition(), e.call()), e.kind(),
             show_time(e.created_at()), r.address(), state_of(r), uint64_t{r.attempts()},
             waits ? show_time(e.next_attempt_at()) : "-", r.last_reply()});
    }
  }
  return finish(term, t, list->next_page_token(), "the outbox is empty");
}

}  // namespace postroom::app
