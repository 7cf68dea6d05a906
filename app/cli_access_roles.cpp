#include "app/cli_access.hpp"
#include "app/cli_admin.hpp"
#include "app/cli_table.hpp"
#include "app/cli_view.hpp"

namespace postroom::app {

using namespace admin::v1;

int run_roles(const invocation& in, terminal& term) {
  const auto list = ask<ListRolesResponse>(in, term, "AccessService/ListRoles", ListRolesRequest{});
  if (!list) return exit_failed;
  if (in.has("json")) return finish_with(in, term, *list, "");
  table t{{{"ROLE"}, {"MAY", false, true}}};
  for (const auto& r : list->roles()) t.add({r.name(), show_grants(r.grants())});
  term.out << (t.empty() ? "there are no roles\n" : t.render(term.width, term.colour));
  return exit_done;
}

int run_role_put(const invocation& in, terminal& term) {
  auto grants = parse_grants(term, "grant", in.all("grant"));
  if (!grants) return exit_usage;
  PutRoleRequest request;
  request.set_reason(in.get("reason"));
  request.mutable_role()->set_name(in.positional());
  *request.mutable_role()->mutable_grants() = *grants;
  const auto done = ask<PutRoleResponse>(in, term, "AccessService/PutRole", request);
  if (!done) return exit_failed;
  return finish_with(in, term, *done, in.positional() + " may " + show_grants(*grants));
}

int run_role_remove(const invocation& in, terminal& term) {
  RemoveRoleRequest request;
  request.set_reason(in.get("reason"));
  request.set_name(in.positional());
  const auto done = ask<RemoveRoleResponse>(in, term, "AccessService/RemoveRole", request);
  return done ? finish_with(in, term, *done, in.positional() + " is removed") : exit_failed;
}

int run_tokens(const invocation& in, terminal& term) {
  ListTokensRequest request;
  request.set_all(in.has("all"));
  const auto list = ask<ListTokensResponse>(in, term, "AccessService/ListTokens", request);
  if (!list) return exit_failed;
  if (in.has("json")) return finish_with(in, term, *list, "");
  table t{{{"ID"},
           {"PRINCIPAL"},
           {"FOR", false, true},
           {"MAY", false, true},
           {"EXPIRES"},
           {"LAST USED"}}};
  for (const auto& x : list->tokens())
    t.add({x.id(), x.principal(), x.name(),
           x.scopes().empty() ? "as the principal" : show_grants(x.scopes()),
           show_time(x.expires_at()), show_time(x.last_used_at())});
  term.out << (t.empty() ? "there are no tokens\n" : t.render(term.width, term.colour));
  return exit_done;
}

int run_token_create(const invocation& in, terminal& term) {
  auto scopes = parse_grants(term, "scope", in.all("scope"));
  if (!scopes) return exit_usage;
  CreateTokenRequest request;
  request.set_reason(in.get("reason"));
  request.set_name(in.positional());
  request.set_principal(in.get("principal"));
  request.set_days(static_cast<uint32_t>(std::min<uint64_t>(in.number("days", 0), 1'000'000)));
  *request.mutable_scopes() = *scopes;
  const auto made = ask<CreateTokenResponse>(in, term, "AccessService/CreateToken", request);
  if (!made) return exit_failed;
  if (!in.has("json"))
    term.err << "Token " << made->token().id() << ", good until "
             << show_time(made->token().expires_at()) << ". It is not shown again:\n";
  return finish_with(in, term, *made, made->secret());
}

int run_token_revoke(const invocation& in, terminal& term) {
  RevokeTokenRequest request;
  request.set_reason(in.get("reason"));
  request.set_id(in.positional());
  const auto done = ask<RevokeTokenResponse>(in, term, "AccessService/RevokeToken", request);
  return done ? finish_with(in, term, *done, "token " + in.positional() + " is revoked")
              : exit_failed;
}

}  // namespace postroom::app
