#include "app/trials_draft.hpp"

#include <string_view>
#include <tuple>
#include <utility>

#include "partitions/operator_only.hpp"
#include "partitions/validate.hpp"

namespace postroom::app {

namespace {

using config::v1::IncomingServer;
using config::v1::OutgoingServer;
using config::v1::Partition;

/// To whom a password is told, and how safely.
template <class Server>
auto told_to(const Server& s) {
  return std::tuple{s.protocol(), s.host(),  s.port(), s.security(),
                    s.ca_file(),  s.login(), s.url()};
}

template <class Server>
Server filled(Server draft, const Server* saved) {
  if (draft.password().empty() && saved && told_to(*saved) == told_to(draft))
    draft.set_password(saved->password());
  return draft;
}

/// The same of the sign-in by POP3, whose host is the server's own unless it names one.
auto pop_told_to(const OutgoingServer& s) {
  const auto& pop = s.pop();
  return std::tuple{s.protocol(), s.host(),    s.ca_file(),   pop.host(),
                    pop.port(),   pop.login(), pop.security()};
}

void put_alone(Partition& p, const IncomingServer& s) {
  *p.add_incoming() = s;
}
void put_alone(Partition& p, const OutgoingServer& s) {
  *p.add_outgoing() = s;
}

/// The configuration as if the partition had no other server.
template <class Server>
config::v1::Settings with_only(const Server& draft, const saved_partition& saved) {
  config::v1::Settings out;
  *out.mutable_general() = saved.settings.general();
  auto& p = *out.add_partitions();
  p = saved.partition;
  p.clear_incoming();
  p.clear_outgoing();
  put_alone(p, draft);
  return out;
}

/// "server.host" for "incoming[0].host", which is `place`.host.
void add_inside(std::string_view place, const std::vector<partitions::problem>& found,
                std::vector<admin::v1::Problem>& out) {
  for (const auto& f : found) {
    if (!f.path.starts_with(place)) continue;
    auto& p = out.emplace_back(to_problem(f));
    p.set_path("server" + f.path.substr(place.size()));
  }
}

template <class Server>
std::vector<admin::v1::Problem> problems_in(std::string_view place, const Server& draft,
                                            const saved_partition& saved,
                                            const access::caller& who) {
  const auto alone = with_only(draft, saved);
  std::vector<admin::v1::Problem> out;
  add_inside(place, partitions::validate(alone), out);
  if (is_limited(who)) add_inside(place, partitions::operator_only(saved.settings, alone), out);
  return out;
}

}  // namespace

IncomingServer with_password(IncomingServer draft, const Partition& saved) {
  const auto* same = find_incoming(saved, draft.name());
  return filled(std::move(draft), same);
}
OutgoingServer with_password(OutgoingServer draft, const Partition& saved) {
  const auto* same = find_outgoing(saved, draft.name());
  auto out = filled(std::move(draft), same);
  if (same && out.has_pop() && out.pop().password().empty() &&
      pop_told_to(*same) == pop_told_to(out))
    out.mutable_pop()->set_password(same->pop().password());
  return out;
}

std::vector<admin::v1::Problem> problems_of(const IncomingServer& draft,
                                            const saved_partition& saved,
                                            const access::caller& who) {
  return problems_in("incoming[0]", draft, saved, who);
}
std::vector<admin::v1::Problem> problems_of(const OutgoingServer& draft,
                                            const saved_partition& saved,
                                            const access::caller& who) {
  return problems_in("outgoing[0]", draft, saved, who);
}

}  // namespace postroom::app
