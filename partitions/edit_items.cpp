// What a partition has lists of and what goes by a name: mail servers, OAuth clients.
#include <google/protobuf/util/message_differencer.h>

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "partitions/checks.hpp"
#include "partitions/edit_parts.hpp"
#include "partitions/secret_reference.hpp"

namespace postroom::partitions {

namespace {

using config::v1::IncomingServer;
using config::v1::OAuthClient;
using config::v1::OutgoingServer;
using config::v1::Partition;
using config::v1::Settings;
using google::protobuf::util::MessageDifferencer;

template <class Item>
constexpr bool is_incoming = std::is_same_v<Item, IncomingServer>;
template <class Item>
constexpr bool is_client = std::is_same_v<Item, OAuthClient>;

template <class Item>
auto& items(Partition& p) {
  if constexpr (is_client<Item>)
    return *p.mutable_oauth_clients();
  else if constexpr (is_incoming<Item>)
    return *p.mutable_incoming();
  else
    return *p.mutable_outgoing();
}

template <class Item>
const auto& items(const Partition& p) {
  if constexpr (is_client<Item>)
    return p.oauth_clients();
  else if constexpr (is_incoming<Item>)
    return p.incoming();
  else
    return p.outgoing();
}

template <class Item>
constexpr const char* list_name = is_client<Item>     ? "oauth_clients"
                                  : is_incoming<Item> ? "incoming"
                                                      : "outgoing";
template <class Item>
constexpr const char* kind_name = is_client<Item>     ? "OAuth client"
                                  : is_incoming<Item> ? "incoming server"
                                                      : "outgoing server";

template <class Item>
error no_item(const Partition& p, const std::string& name) {
  return fail(ec::not_found,
              "partition " + p.id() + " has no " + kind_name<Item> + " " + show(name) +
                  "; it has: " + names_of(items<Item>(p), [](const auto& i) { return i.name(); }));
}

template <class Item>
error taken(const std::string& name) {
  return fail(ec::already_exists, std::string{"name: there is "} +
                                      (is_client<Item> ? "an OAuth client " : "a server ") +
                                      show(name) + " already");
}

/// What goes by the name of such an item; blank: nothing, so it may change.
template <class Item>
constexpr const char* goes_by_name =
    is_client<Item>     ? "its authorisation goes by it, and servers do"
    : is_incoming<Item> ? "the ledger of its mails goes by it"
                        : "";

template <class Item>
result<void> replace(Partition& p, const std::string& name, const Item& item) {
  auto& all = items<Item>(p);
  const int i = place_of(all, name);
  if (i < 0) return no_item<Item>(p, name);
  if (*goes_by_name<Item> && item.name() != name)
    return fail(ec::config_invalid, "name: it is " + show(name) +
                                        " and cannot change: " + goes_by_name<Item> +
                                        "; delete the " + (is_client<Item> ? "client" : "server") +
                                        " and add a new one");
  if (item.name() != name && place_of(all, item.name()) >= 0) return taken<Item>(item.name());
  all[i] = item;
  return {};
}

/// Servers without the client they name would be no valid configuration, which says less.
result<void> check_unused(const Partition& p, const std::string& client) {
  const auto users = users_of_client(p, client);
  if (users.empty()) return {};
  return fail(ec::conflict, "OAuth client " + show(client) + " is used by the servers " +
                                names_of(users, [](const auto& n) { return n; }) +
                                "; give them another one first");
}

template <class Item>
auto called(const std::string& partition, const std::string& name) {
  return [partition, name](const Settings& s) {
    const auto* p = find_partition(s, partition);
    const int i = p ? place_of(items<Item>(*p), name) : -1;
    return i < 0 ? Settings{} : alone(partition, items<Item>(*p)[i]);
  };
}

/// All of an edit but `apply`. `names`: as the item was called and as it shall be.
template <class Item>
edit about_item(const std::string& partition, const std::string& name,
                const std::string& new_name) {
  edit out;
  out.name = std::string{"the "} + kind_name<Item> + " " + show(name);
  out.object = called<Item>(partition, name);
  out.object_after = called<Item>(partition, new_name);
  out.seen = [partition, new_name](const Settings& wanted, std::vector<problem> found) {
    const auto* p = find_partition(wanted, partition);
    const int i = p ? place_of(items<Item>(*p), new_name) : -1;
    const auto inside = i < 0 ? std::string{} : indexed(list_name<Item>, i);
    return seen_in(partition, inside, std::move(found));
  };
  return out;
}

}  // namespace

template <class Item>
Settings alone(const std::string& partition, const Item& item) {
  Settings out;
  auto& p = *out.add_partitions();
  p.set_id(partition);
  *items<Item>(p).Add() = item;
  return out;
}

template <class Item>
edit add_item(std::string partition, Item item) {
  auto out = about_item<Item>(partition, item.name(), item.name());
  out.apply = [partition, item = std::move(item)](Settings now) {
    return in_partition(std::move(now), partition, [&](Partition& p) -> result<void> {
      const int i = item.name().empty() ? -1 : place_of(items<Item>(p), item.name());
      // Whoever asks a second time, because the first answer was lost, has what they want.
      if (i >= 0 && MessageDifferencer::Equals(items<Item>(p)[i], item)) return {};
      if (i >= 0) return taken<Item>(item.name());
      *items<Item>(p).Add() = item;
      return {};
    });
  };
  return out;
}

template <class Item>
edit update_item(std::string partition, std::string name, Item item) {
  auto out = about_item<Item>(partition, name, item.name());
  out.apply = [partition, name, item = std::move(item)](Settings now) {
    return in_partition(std::move(now), partition,
                        [&](Partition& p) { return replace(p, name, item); });
  };
  return out;
}

template <class Item>
edit remove_item(std::string partition, std::string name) {
  auto out = about_item<Item>(partition, name, name);
  out.apply = [partition, name](Settings now) {
    return in_partition(std::move(now), partition, [&](Partition& p) -> result<void> {
      auto& all = items<Item>(p);
      const int i = place_of(all, name);
      if (i < 0) return no_item<Item>(p, name);
      if constexpr (is_client<Item>)
        if (auto unused = check_unused(p, name); !unused) return unused;
      all.DeleteSubrange(i, 1);
      return {};
    });
  };
  return out;
}

template Settings alone(const std::string&, const IncomingServer&);
template Settings alone(const std::string&, const OutgoingServer&);
template Settings alone(const std::string&, const OAuthClient&);
template edit add_item(std::string, IncomingServer);
template edit add_item(std::string, OutgoingServer);
template edit add_item(std::string, OAuthClient);
template edit update_item(std::string, std::string, IncomingServer);
template edit update_item(std::string, std::string, OutgoingServer);
template edit update_item(std::string, std::string, OAuthClient);
template edit remove_item<IncomingServer>(std::string, std::string);
template edit remove_item<OutgoingServer>(std::string, std::string);
template edit remove_item<OAuthClient>(std::string, std::string);

}  // namespace postroom::partitions
