#pragma once

#include <vector>

#include "app/cli.hpp"

namespace postroom::admin::v1 {
class GetCallResponse;
}

/// The commands, one function each; app/cli.cpp holds their table.
namespace postroom::app {

/// For changes that need not say why unless the server demands it.
inline constexpr option_spec said_why{"reason", option_kind::text, "TEXT",
                                      "why; some servers demand it"};

/// A command's own options, then those of all commands that talk to the server.
std::vector<option_spec> with_socket(std::vector<option_spec> own);
/// Trying servers and rules out.
std::vector<command_spec> trial_commands();
/// OAuth clients.
std::vector<command_spec> oauth_commands();

int run_serve(const invocation& in, terminal& term);
int run_check(const invocation& in, terminal& term);
int run_apply(const invocation& in, terminal& term);
int run_calls(const invocation& in, terminal& term);
int run_call(const invocation& in, terminal& term);
int run_calls_close(const invocation& in, terminal& term);
int run_calls_reopen(const invocation& in, terminal& term);
int run_calls_assign(const invocation& in, terminal& term);
/// Part of `postroom call CALL`.
void print_updates(terminal& term, const admin::v1::GetCallResponse& response);
/// The text of an update, or of the call itself (0), and how much of it is folded.
void print_text(terminal& term, const admin::v1::GetCallResponse& response, uint32_t update,
                const std::string& text);
/// `postroom call CALL --attachment N`
int print_attachment(const invocation& in, terminal& term);
/// `postroom call CALL --history`
int print_call_history(const invocation& in, terminal& term);
int run_explain(const invocation& in, terminal& term);
int run_ledger(const invocation& in, terminal& term);
int run_quarantine(const invocation& in, terminal& term);
int run_quarantine_show(const invocation& in, terminal& term);
int run_quarantine_discard(const invocation& in, terminal& term);
int run_quarantine_reprocess(const invocation& in, terminal& term);
int run_outbox(const invocation& in, terminal& term);
int run_outbox_retry(const invocation& in, terminal& term);
int run_outbox_cancel(const invocation& in, terminal& term);
int run_history(const invocation& in, terminal& term);
int run_diff(const invocation& in, terminal& term);
int run_rollback(const invocation& in, terminal& term);
int run_audit(const invocation& in, terminal& term);
int run_audit_verify(const invocation& in, terminal& term);
int run_audit_head(const invocation& in, terminal& term);
int run_secrets_list(const invocation& in, terminal& term);
int run_secrets_put(const invocation& in, terminal& term);
int run_secrets_remove(const invocation& in, terminal& term);
int run_secrets_rotate(const invocation& in, terminal& term);
int run_test_outgoing(const invocation& in, terminal& term);
int run_test_incoming(const invocation& in, terminal& term);
int run_probe(const invocation& in, terminal& term);
int run_dry_run(const invocation& in, terminal& term);
int run_status(const invocation& in, terminal& term);

int run_servers_list(const invocation& in, terminal& term);
int run_servers_show(const invocation& in, terminal& term);
int run_servers_add(const invocation& in, terminal& term);
int run_servers_update(const invocation& in, terminal& term);
int run_servers_remove(const invocation& in, terminal& term);
int run_servers_open(const invocation& in, terminal& term);
int run_servers_close(const invocation& in, terminal& term);
int run_servers_discover(const invocation& in, terminal& term);
int run_oauth_show(const invocation& in, terminal& term);
int run_oauth_add(const invocation& in, terminal& term);
int run_oauth_update(const invocation& in, terminal& term);
int run_oauth_remove(const invocation& in, terminal& term);
int run_partitions_list(const invocation& in, terminal& term);
int run_partitions_show(const invocation& in, terminal& term);
int run_partitions_add(const invocation& in, terminal& term);
int run_partitions_update(const invocation& in, terminal& term);
int run_partitions_remove(const invocation& in, terminal& term);
int run_partitions_rename(const invocation& in, terminal& term);
int run_partitions_put_template(const invocation& in, terminal& term);
int run_partitions_remove_template(const invocation& in, terminal& term);
int run_partitions_preview_text(const invocation& in, terminal& term);
int run_rules_list(const invocation& in, terminal& term);
int run_rules_try(const invocation& in, terminal& term);
int run_people_list(const invocation& in, terminal& term);
int run_people_show(const invocation& in, terminal& term);
int run_people_add(const invocation& in, terminal& term);
int run_people_update(const invocation& in, terminal& term);
int run_people_remove(const invocation& in, terminal& term);
int run_general_show(const invocation& in, terminal& term);
int run_general_set(const invocation& in, terminal& term);

}  // namespace postroom::app
