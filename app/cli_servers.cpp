#include <optional>
#include <utility>

#include "app/admin_email_settings.hpp"
#include "app/cli_admin.hpp"
#include "app/cli_commands.hpp"
#include "app/cli_setup.hpp"
#include "app/cli_table.hpp"
#include "app/cli_text.hpp"
#include "app/cli_view.hpp"
#include "app/words.hpp"
#include "partitions/model.hpp"

/// `postroom servers ...`: a server goes by its name, of which there is one on the whole system.
namespace postroom::app {
namespace {

using namespace admin::v1;

/// Both lists, as the commands find servers by name alone.
struct all_servers {
  ListIncomingResponse incoming;
  ListOutgoingResponse outgoing;
};

std::optional<all_servers> ask_all(const invocation& in, terminal& term) {
  ListServersRequest request;
  request.set_partition(partition_of(in));
  all_servers out;
  if (!in.has("outgoing")) {
    auto list = ask<ListIncomingResponse>(in, term, "EmailSettingsService/ListIncoming", request);
    if (!list) return {};
    out.incoming = std::move(*list);
  }
  if (!in.has("incoming")) {
    auto list = ask<ListOutgoingResponse>(in, term, "EmailSettingsService/ListOutgoing", request);
    if (!list) return {};
    out.outgoing = std::move(*list);
  }
  return out;
}

/// One server of either kind.
struct found_server {
  std::optional<IncomingItem> incoming;
  std::optional<OutgoingItem> outgoing;
};

template <class List>
auto named(const List& servers, const std::string& name)
    -> std::optional<std::decay_t<decltype(servers.Get(0))>> {
  for (const auto& item : servers)
    if (item.server().name() == name) return item;
  return {};
}

error no_server(const std::string& name) {
  return fail(ec::not_found,
              "there is no server " + name + "; `postroom servers list` shows those there are");
}

/// The server that the command names; says what is wrong.
std::optional<found_server> find(const invocation& in, terminal& term) {
  const auto all = ask_all(in, term);
  if (!all) return {};
  const auto name = in.positional();
  found_server out{named(all->incoming.servers(), name), named(all->outgoing.servers(), name)};
  if (out.incoming && out.outgoing)
    print_error(term, fail(ec::config_invalid, "there is an incoming and an outgoing server " +
                                                   name + "; add --incoming or --outgoing"));
  else if (!out.incoming && !out.outgoing)
    print_error(term, no_server(name));
  else
    return out;
  return {};
}

template <class Item>
void add_row(table& t, const char* direction, const Item& item) {
  const auto& s = item.server();
  const auto opened = item.opened_by().empty()
                          ? std::string{}
                          : item.opened_by() + " until " + show_time(item.opened_until());
  t.add({s.name(), item.partition(), direction, s.protocol(), s.host().empty() ? s.url() : s.host(),
         partitions::is_active(s) ? cell{"yes"} : cell{"no", style::warn}, opened});
}

template <class Item>
std::string title(const char* direction, const Item& item) {
  auto out = std::string{direction} + " server " + item.server().name() + " of partition " +
             item.partition();
  if (item.opened_by().empty()) return out;
  return out + ", opened by " + item.opened_by() + " until " + show_time(item.opened_until());
}

template <class Item>
int show(const invocation& in, terminal& term, const char* direction, const Item& item) {
  if (in.has("json"))
    print_json(term, item);
  else
    print_object(term, title(direction, item), item.revision(), item.server());
  return exit_done;
}

int finish(const invocation& in, terminal& term, const std::string& method,
           const google::protobuf::Message& request) {
  const auto done = ask<SetupResponse>(in, term, "EmailSettingsService/" + method, request);
  return done ? print_setup(in, term, *done) : exit_failed;
}

template <class Kind>
int update(const invocation& in, terminal& term, typename Kind::item item) {
  typename Kind::update_request request;
  auto revision = item.revision();
  *request.mutable_server() = std::move(*item.mutable_server());
  if (!read_object(in, term, *request.mutable_server(), revision)) return exit_usage;
  request.set_partition(item.partition());
  request.set_name(in.positional());
  request.set_revision(revision);
  add_who_and_why(request, in, term);
  return finish(in, term, std::string{"Update"} + Kind::name, request);
}

template <class Kind>
int add(const invocation& in, terminal& term) {
  typename Kind::add_request request;
  uint64_t revision = 0;
  if (!read_object(in, term, *request.mutable_server(), revision)) return exit_usage;
  request.set_partition(partition_of(in));
  add_who_and_why(request, in, term);
  return finish(in, term, std::string{"Add"} + Kind::name, request);
}

template <class Item>
int remove(const invocation& in, terminal& term, const char* method, const Item& item) {
  DeleteServerRequest request;
  request.set_partition(item.partition());
  request.set_name(item.server().name());
  request.set_revision(in.number("revision", item.revision()));
  add_who_and_why(request, in, term);
  return finish(in, term, method, request);
}

template <class Request>
Request lease_request(const invocation& in, const found_server& found) {
  Request out;
  out.set_partition(found.incoming ? found.incoming->partition() : found.outgoing->partition());
  out.set_kind(found.incoming ? SERVER_KIND_INCOMING : SERVER_KIND_OUTGOING);
  out.set_name(in.positional());
  return out;
}

template <class Response>
std::optional<std::string> partition_in(const invocation& in, terminal& term,
                                        const std::string& method, const std::string& name) {
  ListServersRequest request;
  request.set_partition(partition_of(in));
  const auto list = ask<Response>(in, term, "EmailSettingsService/" + method, request);
  if (!list) return {};
  if (const auto found = named(list->servers(), name)) return found->partition();
  print_error(term, no_server(name));
  return {};
}

}  // namespace

std::optional<std::string> partition_of_server(const invocation& in, terminal& term, bool incoming,
                                               const std::string& name) {
  return incoming ? partition_in<ListIncomingResponse>(in, term, "ListIncoming", name)
                  : partition_in<ListOutgoingResponse>(in, term, "ListOutgoing", name);
}

int run_servers_list(const invocation& in, terminal& term) {
  const auto all = ask_all(in, term);
  if (!all) return exit_failed;
  if (in.has("json")) {
    if (!in.has("outgoing")) print_json(term, all->incoming);
    if (!in.has("incoming")) print_json(term, all->outgoing);
    return exit_done;
  }
  table t{{{"NAME"},
           {"PARTITION"},
           {"DIRECTION"},
           {"PROTOCOL"},
           {"HOST", false, true},
           {"ACTIVE"},
           {"OPENED BY", false, true}}};
  for (const auto& item : all->incoming.servers()) add_row(t, "incoming", item);
  for (const auto& item : all->outgoing.servers()) add_row(t, "outgoing", item);
  term.out << (t.empty() ? "no servers: `postroom servers add` adds one\n"
                         : t.render(term.width, term.colour));
  return exit_done;
}

int run_servers_show(const invocation& in, terminal& term) {
  const auto found = find(in, term);
  if (!found) return exit_failed;
  return found->incoming ? show(in, term, "incoming", *found->incoming)
                         : show(in, term, "outgoing", *found->outgoing);
}

int run_servers_add(const invocation& in, terminal& term) {
  if (in.has("incoming") == in.has("outgoing"))
    return wrong_usage(in, term, "say which kind it is: --incoming or --outgoing");
  return in.has("incoming") ? add<incoming_kind>(in, term) : add<outgoing_kind>(in, term);
}

int run_servers_update(const invocation& in, terminal& term) {
  auto found = find(in, term);
  if (!found) return exit_failed;
  return found->incoming ? update<incoming_kind>(in, term, std::move(*found->incoming))
                         : update<outgoing_kind>(in, term, std::move(*found->outgoing));
}

int run_servers_remove(const invocation& in, terminal& term) {
  const auto found = find(in, term);
  if (!found) return exit_failed;
  return found->incoming ? remove(in, term, "DeleteIncoming", *found->incoming)
                         : remove(in, term, "DeleteOutgoing", *found->outgoing);
}

int run_servers_open(const invocation& in, terminal& term) {
  const auto found = find(in, term);
  if (!found) return exit_failed;
  auto request = lease_request<OpenServerRequest>(in, *found);
  request.set_take_over(in.has("take-over"));
  request.set_opened_by(found->incoming ? found->incoming->opened_by()
                                        : found->outgoing->opened_by());
  add_who_and_why(request, in, term);
  const auto opened = ask<OpenServerResponse>(in, term, "EmailSettingsService/Open", request);
  if (!opened) return exit_failed;
  if (in.has("json")) {
    print_json(term, *opened);
    return exit_done;
  }
  return opened->has_incoming() ? show(in, term, "incoming", opened->incoming())
                                : show(in, term, "outgoing", opened->outgoing());
}

int run_servers_close(const invocation& in, terminal& term) {
  const auto found = find(in, term);
  if (!found) return exit_failed;
  const auto closed = ask<CloseServerResponse>(in, term, "EmailSettingsService/Close",
                                               lease_request<CloseServerRequest>(in, *found));
  if (!closed) return exit_failed;
  if (in.has("json"))
    print_json(term, *closed);
  else
    term.out << printable(in.positional()) << " is closed\n";
  return exit_done;
}

int run_general_show(const invocation& in, terminal& term) {
  const auto got =
      ask<GetGeneralResponse>(in, term, "EmailSettingsService/GetGeneral", GetGeneralRequest{});
  if (!got) return exit_failed;
  if (in.has("json"))
    print_json(term, *got);
  else
    print_object(term, "general settings", got->revision(), got->general());
  return exit_done;
}

int run_general_set(const invocation& in, terminal& term) {
  const auto got =
      ask<GetGeneralResponse>(in, term, "EmailSettingsService/GetGeneral", GetGeneralRequest{});
  if (!got) return exit_failed;
  UpdateGeneralRequest request;
  *request.mutable_general() = got->general();
  auto revision = got->revision();
  if (!read_object(in, term, *request.mutable_general(), revision)) return exit_usage;
  request.set_revision(revision);
  add_who_and_why(request, in, term);
  return finish(in, term, "UpdateGeneral", request);
}

}  // namespace postroom::app
