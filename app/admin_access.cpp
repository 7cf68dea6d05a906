#include "app/admin_access.hpp"

#include "app/admin_access_values.hpp"

namespace postroom::app {
namespace {

using access::caller;
using access::registry;
using namespace admin::v1;

constexpr const char* service = "postroom.admin.v1.AccessService/";

/// Adds a method whose handler gets the registry.
template <class Request, class Response>
void add(guarded_server& server, registry* r, const std::string& method,
         result<Response> (*handler)(registry&, const Request&, const caller&)) {
  server.add<Request, Response>(
      service + method,
      [r, handler](const Request& request, const caller& who) -> result<Response> {
        if (!r) return fail(ec::unsupported, "this node keeps no principals");
        return handler(*r, request, who);
      });
}

/// An empty answer once it is done.
template <class Response>
result<Response> done(const result<void>& r) {
  if (!r) return r.error();
  return Response{};
}

result<SignInResponse> sign_in(registry& r, const SignInRequest& request, const caller& who) {
  const auto opened = r.sign_in(request.name(), request.password(), who.from());
  if (!opened) return opened.error();
  SignInResponse out;
  out.set_session(opened->secret);
  out.set_expires_at(to_millis(opened->expires_at));
  return out;
}

result<SignOutResponse> sign_out(registry& r, const SignOutRequest&, const caller& who) {
  r.sign_out(who);
  return SignOutResponse{};
}

result<WhoAmIResponse> who_am_i(registry& r, const WhoAmIRequest&, const caller& who) {
  WhoAmIResponse out;
  out.set_name(who.name());
  out.set_by(name_of(who.by()));
  const auto now = r.now();
  const auto found = now->principals.find(who.name());
  if (who.by() != access::proof::machine && found != now->principals.end())
    out.set_display_name(found->second.display_name());
  *out.mutable_grants() = to_admin(access::grants_of(who.rights()));
  return out;
}

result<ChangePasswordResponse> change_password(registry& r, const ChangePasswordRequest& request,
                                               const caller& who) {
  return done<ChangePasswordResponse>(
      r.change_password(who, request.old_password(), request.new_password()));
}

result<SetUpResponse> set_up(registry& r, const SetUpRequest& request, const caller&) {
  return done<SetUpResponse>(r.set_up(request.setup_token(), request.name(), request.password()));
}

result<RenewSetUpResponse> renew_set_up(registry& r, const RenewSetUpRequest&, const caller&) {
  const auto token = r.renew_setup();
  if (!token) return token.error();
  RenewSetUpResponse out;
  out.set_setup_token(token->secret);
  out.set_expires_at(to_millis(token->expires_at));
  return out;
}

result<ListTokensResponse> list_tokens(registry& r, const ListTokensRequest& request,
                                       const caller& who) {
  if (request.all() && !who.may_everywhere(SECURITY_SETUP))
    return fail(ec::forbidden, "all: this takes the right SECURITY_SETUP everywhere");
  const bool all = request.all() || who.by() == access::proof::machine;
  const auto now = r.now();
  ListTokensResponse out;
  for (const auto& [id, token] : now->tokens)
    if (all || token.principal() == who.name()) *out.add_tokens() = to_admin(token);
  return out;
}

result<CreateTokenResponse> create_token(registry& r, const CreateTokenRequest& request,
                                         const caller& who) {
  const auto made = r.create_token(
      who, {request.name(), to_record(request.scopes()), request.days(), request.principal()});
  if (!made) return made.error();
  CreateTokenResponse out;
  out.set_secret(made->secret);
  *out.mutable_token() = to_admin(made->token);
  return out;
}

result<RevokeTokenResponse> revoke_token(registry& r, const RevokeTokenRequest& request,
                                         const caller& who) {
  return done<RevokeTokenResponse>(r.revoke_token(who, request.id()));
}

}  // namespace

void register_access(guarded_server& server, registry* r) {
  add(server, r, "SignIn", sign_in);
  add(server, r, "SignOut", sign_out);
  add(server, r, "WhoAmI", who_am_i);
  add(server, r, "ChangePassword", change_password);
  add(server, r, "SetUp", set_up);
  add(server, r, "RenewSetUp", renew_set_up);
  add(server, r, "ListTokens", list_tokens);
  add(server, r, "CreateToken", create_token);
  add(server, r, "RevokeToken", revoke_token);
  add(server, r, "ListPrincipals", list_principals);
  add(server, r, "AddPrincipal", add_principal);
  add(server, r, "UpdatePrincipal", update_principal);
  add(server, r, "RemovePrincipal", remove_principal);
  add(server, r, "SetPassword", set_password);
  add(server, r, "ListRoles", list_roles);
  add(server, r, "PutRole", put_role);
  add(server, r, "RemoveRole", remove_role);
}

void announce_setup(registry& r, std::ostream& out) {
  const auto token = r.renew_setup();
  if (!token) return;  // there are principals
  out << "Nobody may use this node over the network yet. Within an hour, make the first principal "
         "with this token\n(AccessService/SetUp; `postroom access setup-token` makes a new "
         "one):\n\n"
         "  "
      << token->secret << "\n\n"
      << std::flush;
}

}  // namespace postroom::app
