#include <google/protobuf/util/message_differencer.h>

#include <type_traits>
#include <utility>

#include "partitions/checks.hpp"
#include "partitions/edit_parts.hpp"

namespace postroom::partitions {

namespace {

using config::v1::IncomingServer;
using config::v1::OutgoingServer;
using config::v1::Partition;
using config::v1::Settings;
using google::protobuf::util::MessageDifferencer;

template <class Server>
constexpr bool is_incoming = std::is_same_v<Server, IncomingServer>;

template <class Server>
auto& servers(Partition& p) {
  if constexpr (is_incoming<Server>)
    return *p.mutable_incoming();
  else
    return *p.mutable_outgoing();
}

template <class Server>
const auto& servers(const Partition& p) {
  if constexpr (is_incoming<Server>)
    return p.incoming();
  else
    return p.outgoing();
}

template <class Server>
std::string kind_name() {
  return is_incoming<Server> ? "incoming" : "outgoing";
}

template <class Server>
error no_server(const Partition& p, const std::string& name) {
  return fail(
      ec::not_found,
      "partition " + p.id() + " has no " + kind_name<Server>() + " server " + show(name) +
          "; it has: " + names_of(servers<Server>(p), [](const auto& s) { return s.name(); }));
}

template <class Server>
result<void> replace(Partition& p, const std::string& name, const Server& server) {
  auto& all = servers<Server>(p);
  const int i = place_of(all, name);
  if (i < 0) return no_server<Server>(p, name);
  if (is_incoming<Server> && server.name() != name)
    return fail(ec::config_invalid,
                "name: it is " + show(name) +
                    " and cannot change: the ledger of its mails goes by it; delete the server and "
                    "add a new one");
  if (server.name() != name && place_of(all, server.name()) >= 0)
    return fail(ec::already_exists, "name: there is a server " + show(server.name()) + " already");
  all[i] = server;
  return {};
}

template <class Server>
auto called(const std::string& partition, const std::string& name) {
  return [partition, name](const Settings& s) {
    const auto* p = find_partition(s, partition);
    const int i = p ? place_of(servers<Server>(*p), name) : -1;
    return i < 0 ? Settings{} : alone(partition, servers<Server>(*p)[i]);
  };
}

/// All of an edit but `apply`. `names`: as the server was called and as it shall be.
template <class Server>
edit about_server(const std::string& partition, const std::string& name,
                  const std::string& new_name) {
  edit out;
  out.name = "the " + kind_name<Server>() + " server " + show(name);
  out.object = called<Server>(partition, name);
  out.object_after = called<Server>(partition, new_name);
  out.seen = [partition, new_name](const Settings& wanted, std::vector<problem> found) {
    const auto* p = find_partition(wanted, partition);
    const int i = p ? place_of(servers<Server>(*p), new_name) : -1;
    const auto inside = i < 0 ? std::string{} : indexed(kind_name<Server>(), i);
    return seen_in(partition, inside, std::move(found));
  };
  return out;
}

}  // namespace

template <class Server>
Settings alone(const std::string& partition, const Server& server) {
  Settings out;
  auto& p = *out.add_partitions();
  p.set_id(partition);
  *servers<Server>(p).Add() = server;
  return out;
}

template <class Server>
edit add_server(std::string partition, Server server) {
  auto out = about_server<Server>(partition, server.name(), server.name());
  out.apply = [partition, server = std::move(server)](Settings now) {
    return in_partition(std::move(now), partition, [&](Partition& p) -> result<void> {
      const int i = server.name().empty() ? -1 : place_of(servers<Server>(p), server.name());
      // Whoever asks a second time, because the first answer was lost, has what they want.
      if (i >= 0 && MessageDifferencer::Equals(servers<Server>(p)[i], server)) return {};
      if (i >= 0)
        return fail(ec::already_exists,
                    "name: there is a server " + show(server.name()) + " already");
      *servers<Server>(p).Add() = server;
      return {};
    });
  };
  return out;
}

template <class Server>
edit update_server(std::string partition, std::string name, Server server) {
  auto out = about_server<Server>(partition, name, server.name());
  out.apply = [partition, name, server = std::move(server)](Settings now) {
    return in_partition(std::move(now), partition,
                        [&](Partition& p) { return replace(p, name, server); });
  };
  return out;
}

template <class Server>
edit remove_server(std::string partition, std::string name) {
  auto out = about_server<Server>(partition, name, name);
  out.apply = [partition, name](Settings now) {
    return in_partition(std::move(now), partition, [&](Partition& p) -> result<void> {
      auto& all = servers<Server>(p);
      const int i = place_of(all, name);
      if (i < 0) return no_server<Server>(p, name);
      all.DeleteSubrange(i, 1);
      return {};
    });
  };
  return out;
}

template Settings alone(const std::string&, const IncomingServer&);
template Settings alone(const std::string&, const OutgoingServer&);
template edit add_server(std::string, IncomingServer);
template edit add_server(std::string, OutgoingServer);
template edit update_server(std::string, std::string, IncomingServer);
template edit update_server(std::string, std::string, OutgoingServer);
template edit remove_server<IncomingServer>(std::string, std::string);
template edit remove_server<OutgoingServer>(std::string, std::string);

}  // namespace postroom::partitions
