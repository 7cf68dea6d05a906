#include "access/rule_check.hpp"

namespace postroom::access {

namespace pb = google::protobuf;
using namespace admin::v1;

namespace {
constexpr std::size_t max_of_anyone = 8u << 10;
constexpr std::size_t max_of_callers = 64u << 10;
}  // namespace

std::string field_of(Scope scope) {
  switch (scope) {
    case IN_PARTITION:
    case IN_ANY:
      return "partition";
    case BY_CALL:
      return "call";
    case BY_MAILBOX:
      return "mailbox";
    default:
      return {};
  }
}

std::size_t max_body_of(const Rule& r) {
  if (r.max_body() != 0) return r.max_body();
  return r.scope() == ANYONE ? max_of_anyone : max_of_callers;
}

std::optional<std::string> problem_of(const pb::MethodDescriptor& method) {
  if (!method.options().HasExtension(rule)) return "has no rule; say who may call it";
  const auto& r = method.options().GetExtension(rule);
  if (!Scope_IsValid(r.scope()) || r.scope() == SCOPE_UNSPECIFIED) return "its rule has no scope";
  if (r.scope() == ANYONE && max_body_of(r) > max_of_anyone)
    return "takes more than 8,192 bytes from anyone";
  const bool by_right = r.scope() != SIGNED_IN && r.scope() != ANYONE;
  if (by_right && (!Right_IsValid(r.right()) || r.right() == RIGHT_UNSPECIFIED))
    return "its rule names no right";
  if (!Right_IsValid(r.or_right()) || (!by_right && r.or_right() != RIGHT_UNSPECIFIED))
    return "its rule has an or_right that is none, or none to stand beside";
  const auto wanted = field_of(r.scope());
  if (wanted.empty()) return {};
  const auto* field = method.input_type()->FindFieldByName(wanted);
  if (field && field->type() == pb::FieldDescriptor::TYPE_STRING && !field->is_repeated())
    return {};
  return "its scope " + Scope_Name(r.scope()) + " needs the string field `" + wanted + "` in " +
         std::string{method.input_type()->name()};
}

std::vector<std::string> problems_of(const pb::FileDescriptor& file) {
  std::vector<std::string> out;
  if (file.package() != admin_package) return out;
  for (int s = 0; s < file.service_count(); ++s)
    for (int m = 0; m < file.service(s)->method_count(); ++m) {
      const auto& method = *file.service(s)->method(m);
      if (const auto problem = problem_of(method))
        out.push_back(file.name() + ": " + method.full_name() + ": " + *problem);
    }
  return out;
}

}  // namespace postroom::access
