#pragma once

#include "app/cli.hpp"

/// The commands, one function each; app/cli.cpp holds their table.
namespace postroom::app {

int run_serve(const invocation& in, terminal& term);
int run_check(const invocation& in, terminal& term);
int run_apply(const invocation& in, terminal& term);
int run_calls(const invocation& in, terminal& term);
int run_call(const invocation& in, terminal& term);
int run_ledger(const invocation& in, terminal& term);
int run_quarantine(const invocation& in, terminal& term);
int run_quarantine_show(const invocation& in, terminal& term);
int run_quarantine_discard(const invocation& in, terminal& term);
int run_quarantine_reprocess(const invocation& in, terminal& term);
int run_outbox(const invocation& in, terminal& term);
int run_outbox_retry(const invocation& in, terminal& term);
int run_outbox_cancel(const invocation& in, terminal& term);
int run_test_outgoing(const invocation& in, terminal& term);
int run_test_incoming(const invocation& in, terminal& term);
int run_probe(const invocation& in, terminal& term);
int run_dry_run(const invocation& in, terminal& term);
int run_status(const invocation& in, terminal& term);

}  // namespace postroom::app
