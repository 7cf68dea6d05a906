#include "app/cli_access.hpp"

#include "app/cli_admin.hpp"
#include "app/cli_table.hpp"
#include "app/cli_view.hpp"
#include "app/words.hpp"

namespace postroom::app {
namespace {

using namespace admin::v1;

std::string ways_in(const Principal& p) {
  std::string out = p.has_password() ? "password" : "";
  if (!p.certificate_subject().empty()) out += out.empty() ? "certificate" : ", certificate";
  return out.empty() ? "tokens only" : out;
}

int update(const invocation& in, terminal& term, UpdatePrincipalRequest request,
           const std::string& what) {
  request.set_reason(in.get("reason"));
  const auto done =
      ask<UpdatePrincipalResponse>(in, term, "AccessService/UpdatePrincipal", request);
  return done ? finish_with(in, term, *done, in.positional() + " " + what) : exit_failed;
}

int set_disabled(const invocation& in, terminal& term, bool disabled, const std::string& what) {
  UpdatePrincipalRequest request;
  request.set_name(in.positional());
  request.set_disabled(disabled);
  return update(in, term, std::move(request), what);
}

}  // namespace

int run_whoami(const invocation& in, terminal& term) {
  const auto me = ask<WhoAmIResponse>(in, term, "AccessService/WhoAmI", WhoAmIRequest{});
  if (!me) return exit_failed;
  if (in.has("json")) return finish_with(in, term, *me, "");
  print_heading(term, me->name());
  print_facts(term, {{"name", me->display_name()},
                     {"by", me->by()},
                     {"may", me->grants().empty() ? "nothing" : show_grants(me->grants())}});
  return exit_done;
}

int run_setup_token(const invocation& in, terminal& term) {
  const auto made =
      ask<RenewSetUpResponse>(in, term, "AccessService/RenewSetUp", RenewSetUpRequest{});
  if (!made) return exit_failed;
  if (!in.has("json"))
    term.err << "Good once, until " << show_time(made->expires_at())
             << ", for AccessService/SetUp:\n";
  return finish_with(in, term, *made, made->setup_token());
}

int run_principals(const invocation& in, terminal& term) {
  const auto list = ask<ListPrincipalsResponse>(in, term, "AccessService/ListPrincipals",
                                                ListPrincipalsRequest{});
  if (!list) return exit_failed;
  if (in.has("json")) return finish_with(in, term, *list, "");
  table t{{{"NAME"}, {"STATE"}, {"SIGNS IN BY"}, {"ROLES", false, true}, {"CALLED", false, true}}};
  for (const auto& p : list->principals())
    t.add({p.name(), p.disabled() ? cell{"disabled", style::warn} : cell{"active"}, ways_in(p),
           joined(p.roles()), p.display_name()});
  term.out << (t.empty() ? "there are no principals\n" : t.render(term.width, term.colour));
  return exit_done;
}

int run_principal_add(const invocation& in, terminal& term) {
  AddPrincipalRequest request;
  request.set_reason(in.get("reason"));
  auto& p = *request.mutable_principal();
  p.set_name(in.positional());
  p.set_display_name(in.get("display-name"));
  p.set_certificate_subject(in.get("certificate"));
  for (const auto& role : in.all("role")) p.add_roles(role);
  if (!in.has("no-password")) {
    const auto password = read_password(in, term);
    if (!password) return exit_failed;
    request.set_password(*password);
  }
  const auto done = ask<AddPrincipalResponse>(in, term, "AccessService/AddPrincipal", request);
  return done ? finish_with(in, term, *done, in.positional() + " is added") : exit_failed;
}

int run_principal_change(const invocation& in, terminal& term) {
  UpdatePrincipalRequest request;
  request.set_name(in.positional());
  if (in.has("display-name")) request.set_display_name(in.get("display-name"));
  if (in.has("certificate")) request.set_certificate_subject(in.get("certificate"));
  if (in.has("no-roles") || in.has("role")) request.mutable_roles();
  for (const auto& role : in.all("role")) request.mutable_roles()->add_names(role);
  return update(in, term, std::move(request), "is changed");
}

int run_principal_disable(const invocation& in, terminal& term) {
  return set_disabled(in, term, true, "can sign in no more");
}

int run_principal_enable(const invocation& in, terminal& term) {
  return set_disabled(in, term, false, "can sign in again");
}

int run_principal_remove(const invocation& in, terminal& term) {
  RemovePrincipalRequest request;
  request.set_reason(in.get("reason"));
  request.set_name(in.positional());
  const auto done =
      ask<RemovePrincipalResponse>(in, term, "AccessService/RemovePrincipal", request);
  return done ? finish_with(in, term, *done, in.positional() + " is removed") : exit_failed;
}

int run_principal_set_password(const invocation& in, terminal& term) {
  SetPasswordRequest request;
  request.set_reason(in.get("reason"));
  request.set_name(in.positional());
  const auto password = read_password(in, term);
  if (!password) return exit_failed;
  request.set_password(*password);
  const auto done = ask<SetPasswordResponse>(in, term, "AccessService/SetPassword", request);
  return done ? finish_with(in, term, *done, in.positional() + " has a new password") : exit_failed;
}

}  // namespace postroom::app
