#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "access/caller.hpp"
#include "access/registry.hpp"
#include "api/connect_server.hpp"
#include "app/admin_pages.hpp"
#include "base/result.hpp"

/// The one door to the admin methods: nobody's handler runs before the method's rule
/// (proto/postroom/admin/v1/rules.proto) has let the caller in.
namespace postroom::app {

/// The partition of an incoming server; nothing when no partition has it.
using mailbox_lookup = std::function<std::optional<std::string>(const std::string&)>;

/// Says who calls and holds the request against the method's rule. What is not there and what is
/// not the caller's look the same. Thread-safe.
class admin_gate {
 public:
  /// Without a registry only the operator of the machine gets in.
  admin_gate(access::registry* registry, mailbox_lookup partition_of)
      : registry_(registry), partition_of_(std::move(partition_of)) {}

  /// What the head of a request alone can tell, before its body is read: who has not signed in, or
  /// holds the method's right nowhere (or not everywhere, where that is wanted), is refused. Never
  /// blocks. Errors: unauthenticated, forbidden.
  [[nodiscard]] result<api::body_bound> look(const api::call_context& context) const;
  /// Who calls, let in by the rule of the method ("postroom.admin.v1.CallsService/Get"). The peer
  /// of the Unix-domain socket is the operator of the machine; others come with a bearer token or
  /// a client certificate. Errors: unauthenticated; forbidden (the right is held nowhere, or not
  /// everywhere); not_found (there is no such partition, call or mailbox for this caller);
  /// config_invalid.
  [[nodiscard]] result<access::caller> admit(const std::string& method,
                                             const google::protobuf::Message& request,
                                             const api::call_context& context) const;

 private:
  [[nodiscard]] result<access::caller> identify(const api::call_context& context) const;
  [[nodiscard]] result<void> check(const admin::v1::Rule& rule, const access::caller& who,
                                   const google::protobuf::Message& request) const;
  [[nodiscard]] result<void> check_named(const admin::v1::Rule& rule, const access::caller& who,
                                         const std::string& field, const std::string& named) const;

  access::registry* registry_;
  mailbox_lookup partition_of_;
};

/// Only the units where the caller holds one of the rights: what a handler cannot see it cannot
/// tell.
open_units visible(const open_units& units, const access::caller& who,
                   const std::vector<access::right>& any_of);

/// The request with the id in its field `partition` in upper case, as all ids of partitions are;
/// null when there is nothing to change.
std::unique_ptr<google::protobuf::Message> with_upper_partition(
    const google::protobuf::Message& request);

/// The request in the caller's own name: only the operator of the machine may say for whom.
template <class Request>
Request in_name_of(const access::caller& who, Request request) {
  if (who.by() != access::proof::machine || request.who().empty()) request.set_who(who.name());
  return request;
}

/// Registers methods whose handlers learn who calls.
class guarded_server {
 public:
  guarded_server(api::connect_server& server, admin_gate gate)
      : server_(server), gate_(std::make_shared<const admin_gate>(std::move(gate))) {
    server_.guard([gate = gate_](const api::call_context& context) { return gate->look(context); });
  }

  using answer = result<std::unique_ptr<google::protobuf::Message>>;
  using untyped = std::function<answer(const google::protobuf::Message&, const api::call_context&)>;

  /// `name` is "postroom.admin.v1.CallsService/Get".
  template <class Request, class Response>
  void add(const std::string& name,
           std::function<result<Response>(const Request&, const access::caller&)> handler) {
    const auto guarded = [gate = gate_, name, h = std::move(handler)](
                             const Request& as_sent,
                             const api::call_context& context) -> result<Response> {
      const auto mended = with_upper_partition(as_sent);
      const auto& request = mended ? static_cast<const Request&>(*mended) : as_sent;
      const auto caller = gate->admit(name, request, context);
      if (!caller) return caller.error();
      return h(request, *caller);
    };
    methods_[name] = [guarded](const google::protobuf::Message& request,
                               const api::call_context& context) -> answer {
      auto out = guarded(static_cast<const Request&>(request), context);
      if (!out) return out.error();
      return std::unique_ptr<google::protobuf::Message>{
          std::make_unique<Response>(std::move(*out))};
    };
    server_.add<Request, Response>(name, guarded);
  }

  /// All that was added, with its gate, by name.
  [[nodiscard]] const std::map<std::string, untyped>& methods() const { return methods_; }
  [[nodiscard]] const admin_gate& gate() const { return *gate_; }

 private:
  api::connect_server& server_;
  std::shared_ptr<const admin_gate> gate_;
  std::map<std::string, untyped> methods_;
};

}  // namespace postroom::app
