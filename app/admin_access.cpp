#include "app/admin_access.hpp"

#include "app/admin_access_values.hpp"
#include "app/admin_words.hpp"

namespace postroom::app {
namespace {

using access::author;
using access::caller;
using access::registry;
using namespace admin::v1;

constexpr const char* service = "postroom.admin.v1.AccessService/";

error no_principals() {
  return fail(ec::unsupported, "this node keeps no principals");
}

/// Adds a method whose handler gets the registry.
template <class Request, class Response>
void add(guarded_server& server, const backend_ptr& b, const std::string& method,
         result<Response> (*handler)(registry&, const Request&, const caller&)) {
  server.add<Request, Response>(
      service + method,
      [b, handler](const Request& request, const caller& who) -> result<Response> {
        if (!b->access) return no_principals();
        return handler(*b->access, request, who);
      });
}

/// Adds a method that changes who may do what; some servers demand to be told why.
template <class Request, class Response>
void add_change(guarded_server& server, const backend_ptr& b, const std::string& method,
                result<Response> (*handler)(registry&, const Request&, const author&)) {
  server.add<Request, Response>(
      service + method, [b, handler](Request request, const caller& who) -> result<Response> {
        if (!b->access) return no_principals();
        if (auto given = check_reason_if_demanded(*b, request); !given) return given.error();
        return handler(*b->access, request, author{who, request.reason()});
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

result<SetUpResponse> set_up(registry& r, const SetUpRequest& request, const caller& who) {
  return done<SetUpResponse>(
      r.set_up(request.setup_token(), request.name(), request.password(), who.from()));
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
                                         const author& who) {
  const auto made = r.create_token(
      who, {request.name(), to_record(request.scopes()), request.days(), request.principal()});
  if (!made) return made.error();
  CreateTokenResponse out;
  out.set_secret(made->secret);
  *out.mutable_token() = to_admin(made->token);
  return out;
}

result<RevokeTokenResponse> revoke_token(registry& r, const RevokeTokenRequest& request,
                                         const author& who) {
  return done<RevokeTokenResponse>(r.revoke_token(who, request.id()));
}

}  // namespace

void register_access(guarded_server& server, const backend_ptr& b) {
  add(server, b, "SignIn", sign_in);
  add(server, b, "SignOut", sign_out);
  add(server, b, "WhoAmI", who_am_i);
  add(server, b, "ChangePassword", change_password);
  add(server, b, "SetUp", set_up);
  add(server, b, "RenewSetUp", renew_set_up);
  add(server, b, "ListTokens", list_tokens);
  add_change(server, b, "CreateToken", create_token);
  add_change(server, b, "RevokeToken", revoke_token);
  add(server, b, "ListPrincipals", list_principals);
  add_change(server, b, "AddPrincipal", add_principal);
  add_change(server, b, "UpdatePrincipal", update_principal);
  add_change(server, b, "RemovePrincipal", remove_principal);
  add_change(server, b, "SetPassword", set_password);
  add(server, b, "ListRoles", list_roles);
  add_change(server, b, "PutRole", put_role);
  add_change(server, b, "RemoveRole", remove_role);
}

}  // namespace postroom::app
