#include "app/admin_access_values.hpp"

#include "app/words.hpp"

namespace postroom::app {

using access::author;
using access::caller;
using access::registry;
using namespace admin::v1;

namespace {

template <class To, class From>
google::protobuf::RepeatedPtrField<To> copied(const From& grants) {
  google::protobuf::RepeatedPtrField<To> out;
  for (const auto& g : grants) {
    auto* to = out.Add();
    to->set_right(g.right());
    to->set_everywhere(g.everywhere());
    *to->mutable_partitions() = g.partitions();
  }
  return out;
}

/// Without the digest of the password.
Principal shown(const access::AccessPrincipal& p) {
  Principal out;
  out.set_name(p.name());
  out.set_display_name(p.display_name());
  out.set_disabled(p.disabled());
  *out.mutable_roles() = p.roles();
  out.set_certificate_subject(p.certificate_subject());
  out.set_has_password(p.has_password());
  out.set_created_at(p.created_at());
  return out;
}

}  // namespace

access::grants to_record(const admin_grants& grants) {
  auto out = copied<access::AccessGrant>(grants);
  for (auto& grant : out)
    for (auto& part : *grant.mutable_partitions()) part = upper(part);
  return out;
}

admin_grants to_admin(const access::grants& grants) {
  return copied<Grant>(grants);
}

Token to_admin(const access::AccessToken& token) {
  Token out;
  out.set_id(token.id());
  out.set_principal(token.principal());
  out.set_name(token.name());
  *out.mutable_scopes() = to_admin(token.scopes());
  out.set_created_at(token.created_at());
  out.set_expires_at(token.expires_at());
  out.set_last_used_at(token.last_used_at());
  return out;
}

std::string name_of(access::proof by) {
  switch (by) {
    case access::proof::machine:
      return "machine";
    case access::proof::session:
      return "session";
    case access::proof::token:
      return "token";
    case access::proof::certificate:
      return "certificate";
    case access::proof::nothing:
      break;
  }
  return "nothing";
}

result<ListPrincipalsResponse> list_principals(registry& r, const ListPrincipalsRequest&,
                                               const caller&) {
  const auto now = r.now();
  ListPrincipalsResponse out;
  for (const auto& [name, p] : now->principals) *out.add_principals() = shown(p);
  return out;
}

result<AddPrincipalResponse> add_principal(registry& r, const AddPrincipalRequest& request,
                                           const author& who) {
  access::AccessPrincipal wanted;
  wanted.set_name(request.principal().name());
  wanted.set_display_name(request.principal().display_name());
  wanted.set_disabled(request.principal().disabled());
  *wanted.mutable_roles() = request.principal().roles();
  wanted.set_certificate_subject(request.principal().certificate_subject());
  const auto made = r.add_principal(who, std::move(wanted), request.password());
  if (!made) return made.error();
  AddPrincipalResponse out;
  *out.mutable_principal() = shown(*made);
  return out;
}

result<UpdatePrincipalResponse> update_principal(registry& r, const UpdatePrincipalRequest& request,
                                                 const author& who) {
  access::principal_change wanted{.name = request.name()};
  if (request.has_display_name()) wanted.display_name = request.display_name();
  if (request.has_disabled()) wanted.disabled = request.disabled();
  if (request.has_roles())
    wanted.roles.emplace(request.roles().names().begin(), request.roles().names().end());
  if (request.has_certificate_subject()) wanted.certificate_subject = request.certificate_subject();
  const auto changed = r.update_principal(who, wanted);
  if (!changed) return changed.error();
  UpdatePrincipalResponse out;
  *out.mutable_principal() = shown(*changed);
  return out;
}

result<RemovePrincipalResponse> remove_principal(registry& r, const RemovePrincipalRequest& request,
                                                 const author& who) {
  if (auto done = r.remove_principal(who, request.name()); !done) return done.error();
  return RemovePrincipalResponse{};
}

result<SetPasswordResponse> set_password(registry& r, const SetPasswordRequest& request,
                                         const author& who) {
  if (auto done = r.set_password(who, request.name(), request.password()); !done)
    return done.error();
  return SetPasswordResponse{};
}

result<ListRolesResponse> list_roles(registry& r, const ListRolesRequest&, const caller&) {
  const auto now = r.now();
  ListRolesResponse out;
  for (const auto& [name, role] : now->roles) {
    auto* to = out.add_roles();
    to->set_name(name);
    *to->mutable_grants() = to_admin(role.grants());
  }
  return out;
}

result<PutRoleResponse> put_role(registry& r, const PutRoleRequest& request, const author& who) {
  access::AccessRole wanted;
  wanted.set_name(request.role().name());
  *wanted.mutable_grants() = to_record(request.role().grants());
  if (auto done = r.put_role(who, wanted); !done) return done.error();
  return PutRoleResponse{};
}

result<RemoveRoleResponse> remove_role(registry& r, const RemoveRoleRequest& request,
                                       const author& who) {
  if (auto done = r.remove_role(who, request.name()); !done) return done.error();
  return RemoveRoleResponse{};
}

}  // namespace postroom::app
