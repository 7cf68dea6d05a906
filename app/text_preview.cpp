#include "app/text_preview.hpp"

#include "app/admin_find.hpp"
#include "app/call_find.hpp"
#include "app/setup_backend.hpp"
#include "app/words.hpp"
#include "mail/call_name.hpp"
#include "partitions/texts.hpp"
#include "partitions/validate.hpp"

namespace postroom::app {
namespace {

using admin::v1::PreviewTextRequest;
using admin::v1::PreviewTextResponse;
using config::v1::MailText;
using config::v1::Partition;
using partitions::audience;
using partitions::call_event;
using record::v1::Call;
using record::v1::CallUpdate;

struct wanted_text {
  call_event what;
  audience to;
};

/// What the values are taken from.
struct happened {
  Call call;
  std::optional<CallUpdate> update;
};

error no_word(const std::string& field, const std::string& value,
              std::span<const std::string_view> words) {
  const std::vector<std::string> all(words.begin(), words.end());
  return fail(ec::config_invalid,
              field + ": " + (value.empty() ? "it is missing" : "\"" + value + "\" is none") +
                  "; use one of: " + joined(all));
}

result<wanted_text> read_wanted(const PreviewTextRequest& r) {
  const auto what = partitions::read_call_event(r.event());
  if (!what) return no_word("event", r.event(), partitions::call_events);
  const auto to = partitions::read_audience(r.audience());
  if (!to) return no_word("audience", r.audience(), partitions::audiences);
  if (!r.language().empty() && !partitions::is_language_tag(r.language()))
    return fail(ec::config_invalid, "language: \"" + r.language() +
                                        "\" is no language tag; write one such as de or "
                                        "pt-BR, or leave it out");
  return wanted_text{*what, *to};
}

template <class List>
std::string first(const List& list) {
  return list.empty() ? std::string{} : list[0];
}

/// A call as the partition's first template would make it.
Call made_up_call(const Partition& p) {
  Call out;
  out.set_number(123);
  out.set_subject("The printer on the second floor is jammed");
  out.set_text("Hello,\n\nsince this morning it takes no paper any more.\n\nJane Doe");
  const auto& t =
      p.templates().empty() ? config::v1::CallTemplate::default_instance() : p.templates(0);
  const auto given = [](const std::string& value, const auto& list) {
    return value.empty() ? first(list) : value;
  };
  out.set_status(given(t.status(), p.statuses()));
  out.set_group(given(t.group(), p.groups()));
  out.set_office(given(t.office(), p.offices()));
  out.set_impact(given(t.impact(), p.impacts()));
  out.set_urgency(given(t.urgency(), p.urgencies()));
  out.set_priority(first(p.priorities()));
  for (const auto& row : p.matrix())
    if (const auto cell = row.priority().find(out.urgency());
        row.impact() == out.impact() && cell != row.priority().end())
      out.set_priority(cell->second);
  out.mutable_user()->set_name("Jane Doe");
  out.mutable_logging_analyst()->set_name("Alex Smith");
  return out;
}

happened make_up(const Partition& p, call_event what, audience to) {
  happened out{made_up_call(p), {}};
  if (what == call_event::logged) return out;
  if (what == call_event::closed) out.call.set_state(record::v1::CLOSED);
  if (what == call_event::flood) out.call.set_flood_mails(1);
  CallUpdate u;
  const bool by_user = to != audience::user;
  *u.mutable_by() = by_user ? out.call.user() : out.call.logging_analyst();
  u.set_text(by_user ? "It is jammed again." : "We have changed the roller.");
  u.set_reason("the roller was worn");
  out.update = std::move(u);
  return out;
}

result<happened> read_call(const Partition& p, call_event what, const open_units& units,
                           const PreviewTextRequest& r, const access::caller& who) {
  const auto name = mail::read_call_name(r.call());
  if (!name || name->part.value != p.id())
    return fail(ec::config_invalid, "call: \"" + r.call() + "\" is no call of partition " + p.id() +
                                        "; write it as " + p.id() + "-000123, or leave it out");
  if (!who.may(admin::v1::VIEW_CALLS, p.id()))
    return fail(ec::forbidden, "call: its values are for who holds VIEW_CALLS in partition " +
                                   p.id() + "; leave it out for made-up ones");
  auto found = find_call(units, r.call());
  if (!found) return found.error();
  happened out{std::move(found->call), {}};
  if (what == call_event::logged || out.call.updates() == 0) return out;
  const call_number number{out.call.number()};
  auto update = read_record<CallUpdate>(*found->unit.store,
                                        storage::keys::call_update(number, out.call.updates()),
                                        "the newest update of " + r.call());
  if (!update) return update.error();
  out.update = std::move(*update);
  return out;
}

/// As a person without a format of their own gets it; where people may have one, the richer one.
partitions::text_format format_of(const config::v1::General& general) {
  const bool plain = general.default_format() == "PLAIN" && !general.message_format_per_person();
  return plain ? partitions::text_format::plain : partitions::text_format::html;
}

}  // namespace

result<PreviewTextResponse> preview_text(const Partition& partition,
                                         const config::v1::General& general,
                                         const open_units& units, const PreviewTextRequest& request,
                                         const access::caller& who) {
  const auto wanted = read_wanted(request);
  if (!wanted) return wanted.error();
  const auto* saved =
      partitions::find_text(partition.texts(), wanted->what, wanted->to, request.language());
  const auto* text = request.has_content() ? &request.content() : saved;
  if (text == nullptr)
    return fail(ec::not_found, "partition " + partition.id() + " has no text for " +
                                   request.event() + " and " + request.audience() +
                                   "; give one as `content`, or add it to `texts`");
  PreviewTextResponse out;
  for (const auto& p : partitions::validate_text(partition.id(), "content", *text))
    *out.add_problems() = shown_problem(p);
  if (!out.problems().empty()) return out;
  const auto from = request.call().empty()
                        ? result<happened>{make_up(partition, wanted->what, wanted->to)}
                        : read_call(partition, wanted->what, units, request, who);
  if (!from) return from.error();
  const auto values = partitions::values_of(partition, from->call, wanted->what,
                                            from->update ? &*from->update : nullptr);
  auto written = partitions::write_text(*text, values, format_of(general), {});
  out.set_subject(std::move(written.subject));
  out.set_text(std::move(written.text));
  out.set_html(std::move(written.html));
  return out;
}

}  // namespace postroom::app
