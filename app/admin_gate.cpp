#include "app/admin_gate.hpp"
#include "app/words.hpp"

#include <google/protobuf/descriptor.h>
#include <pwd.h>

#include <algorithm>
#include <array>

#include "access/rule_check.hpp"

namespace postroom::app {
namespace {

using access::caller;
using namespace admin::v1;

/// The kernel vouches for the number; the name is for the audit.
std::string user_name(uint32_t uid) {
  std::array<char, 4096> space{};
  passwd row{};
  passwd* found = nullptr;
  if (::getpwuid_r(uid, &row, space.data(), space.size(), &found) == 0 && found)
    return found->pw_name;
  return "uid " + std::to_string(uid);
}

/// A method without a rule has no scope, and so lets nobody in.
Rule rule_of(std::string method) {
  std::replace(method.begin(), method.end(), '/', '.');
  const auto* found = google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(method);
  if (!found || access::problem_of(*found)) return {};
  return found->options().GetExtension(rule);
}

std::string text_field(const google::protobuf::Message& request, const std::string& name) {
  const auto* field = request.GetDescriptor()->FindFieldByName(name);
  return field ? request.GetReflection()->GetString(request, field) : std::string{};
}

/// Any of them lets in.
std::vector<Right> rights_of(const Rule& r) {
  std::vector<Right> out{r.right()};
  if (r.or_right() != RIGHT_UNSPECIFIED) out.push_back(r.or_right());
  return out;
}

/// What can be said of a caller before the request is read: the right is held where it may count.
result<void> check_right(const Rule& r, const caller& who) {
  if (r.scope() == SIGNED_IN) return {};
  if (r.scope() == SCOPE_UNSPECIFIED)
    return fail(ec::forbidden, "the method does not say who may call it");
  const bool everywhere = r.scope() == IN_ALL;
  std::string names;
  for (const auto right : rights_of(r)) {
    if (everywhere ? who.may_everywhere(right) : who.may_somewhere(right)) return {};
    names += (names.empty() ? "" : " or ") + Right_Name(right);
  }
  return fail(ec::forbidden, "this takes the right " + names + (everywhere ? " everywhere" : ""));
}

/// "IT" of "it-000123"; the code may hold hyphens itself, so the last one divides.
std::string partition_of_call(const std::string& call) {
  return upper(call.substr(0, std::min(call.rfind('-'), call.size())));
}

}  // namespace

result<caller> admin_gate::identify(const api::call_context& context) const {
  if (context.uid) return caller::machine_operator(user_name(*context.uid), context.peer);
  constexpr std::string_view scheme = "Bearer ";
  const std::string_view given = context.authorization;
  if (registry_ && given.starts_with(scheme))
    return registry_->by_bearer(std::string{given.substr(scheme.size())}, context.peer);
  if (!given.empty())
    return fail(ec::unauthenticated, "the header Authorization takes: Bearer TOKEN");
  if (registry_ && !context.client_certificate.empty())
    return registry_->by_certificate(context.client_certificate, context.peer);
  return fail(ec::unauthenticated, "nobody has signed in");
}

result<api::body_bound> admin_gate::look(const api::call_context& context) const {
  const auto r = rule_of(context.method);
  const api::body_bound bound{access::max_body_of(r), r.scope() != ANYONE};
  // The kernel has vouched for the socket's peer, who may do everything; a name may take a while.
  if (r.scope() == ANYONE || context.uid) return bound;
  const auto who = identify(context);
  if (!who) return who.error();
  if (auto possible = check_right(r, *who); !possible) return possible.error();
  return bound;
}

result<caller> admin_gate::admit(const std::string& method,
                                 const google::protobuf::Message& request,
                                 const api::call_context& context) const {
  const auto r = rule_of(method);
  auto who = identify(context);
  if (who && registry_) registry_->note_use(*who);
  if (r.scope() == ANYONE) return who ? *who : caller{"", context.peer, {}};
  if (!who) return who;
  if (auto allowed = check(r, *who, request); !allowed) return allowed.error();
  return who;
}

result<void> admin_gate::check(const Rule& r, const caller& who,
                               const google::protobuf::Message& request) const {
  if (auto possible = check_right(r, who); !possible) return possible;
  if (r.scope() == SIGNED_IN || r.scope() == IN_ALL) return {};
  const auto field = access::field_of(r.scope());
  const auto named = text_field(request, field);
  if (r.scope() == IN_ANY && named.empty()) return {};
  if (r.scope() == IN_PARTITION && named.empty())
    return fail(ec::config_invalid, "partition: is blank; name one");
  return check_named(r, who, field, named);
}

result<void> admin_gate::check_named(const Rule& r, const caller& who, const std::string& field,
                                     const std::string& named) const {
  const auto rights = rights_of(r);
  const auto any = [&](const auto& held) {
    return std::any_of(rights.begin(), rights.end(), held);
  };
  // The handler says what there is and what not.
  if (any([&](Right right) { return who.may_everywhere(right); })) return {};
  std::optional<std::string> part = named;
  if (r.scope() == BY_CALL) part = partition_of_call(named);
  if (r.scope() == BY_MAILBOX) part = partition_of_ ? partition_of_(named) : std::nullopt;
  if (part && any([&](Right right) { return who.may(right, *part); })) return {};
  return fail(ec::not_found, "there is no " + field + " \"" + named + "\" that you may see");
}

open_units visible(const open_units& units, const caller& who,
                   const std::vector<access::right>& any_of) {
  return [units, who, any_of] {
    auto open = units();
    std::erase_if(open, [&](const open_unit& u) {
      return std::none_of(any_of.begin(), any_of.end(),
                          [&](access::right r) { return who.may(r, u.part.value); });
    });
    return open;
  };
}

std::unique_ptr<google::protobuf::Message> with_upper_partition(
    const google::protobuf::Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("partition");
  if (!field || field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_STRING) return {};
  const auto given = text_field(request, "partition");
  if (given == upper(given)) return {};
  std::unique_ptr<google::protobuf::Message> out{request.New()};
  out->CopyFrom(request);
  out->GetReflection()->SetString(out.get(), field, upper(given));
  return out;
}

}  // namespace postroom::app
