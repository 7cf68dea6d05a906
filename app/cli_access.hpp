#pragma once

#include <google/protobuf/repeated_field.h>

#include <optional>
#include <string>
#include <vector>

#include "app/cli.hpp"
#include "postroom/admin/v1/access.pb.h"

/// The commands about who may do what.
namespace postroom::app {

/// `postroom access ...`
std::vector<command_spec> access_commands();

int run_whoami(const invocation& in, terminal& term);
int run_setup_token(const invocation& in, terminal& term);
int run_principals(const invocation& in, terminal& term);
int run_principal_add(const invocation& in, terminal& term);
int run_principal_change(const invocation& in, terminal& term);
int run_principal_disable(const invocation& in, terminal& term);
int run_principal_enable(const invocation& in, terminal& term);
int run_principal_remove(const invocation& in, terminal& term);
int run_principal_set_password(const invocation& in, terminal& term);
int run_roles(const invocation& in, terminal& term);
int run_role_put(const invocation& in, terminal& term);
int run_role_remove(const invocation& in, terminal& term);
int run_tokens(const invocation& in, terminal& term);
int run_token_create(const invocation& in, terminal& term);
int run_token_revoke(const invocation& in, terminal& term);

using cli_grants = google::protobuf::RepeatedPtrField<admin::v1::Grant>;

/// "VIEW_CALLS" everywhere, "view-calls:HR,IT" in partitions. Says on `err` what is wrong.
std::optional<cli_grants> parse_grants(terminal& term, const std::string& option,
                                       const std::vector<std::string>& texts);
/// "VIEW_CALLS:HR,IT OUTBOX"
std::string show_grants(const cli_grants& grants);
/// From --password-file, else typed twice without echo; never from the command line. Says on `err`
/// what is wrong.
std::optional<std::string> read_password(const invocation& in, terminal& term);

}  // namespace postroom::app
