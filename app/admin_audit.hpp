#pragma once

#include "access/caller.hpp"
#include "app/admin_register.hpp"
#include "postroom/admin/v1/audit.pb.h"

/// Reading and proving the audit.
namespace postroom::app {

/// Entries of all chains the caller may read, newest first. Errors: not_found (the partition is not
/// open), config_invalid (the token).
result<admin::v1::ListAuditResponse> list_audit(const admin_backend& backend,
                                                const admin::v1::ListAuditRequest& request,
                                                const access::caller& caller);

/// Walks the chain of every unit there is, also of those that do not run. Errors: config_invalid
/// (an expected head), those of the store.
result<admin::v1::VerifyAuditResponse> verify_audit(const admin_backend& backend,
                                                    const admin::v1::VerifyAuditRequest& request);

/// The newest entry of every unit.
result<admin::v1::AuditHeadResponse> audit_heads(const admin_backend& backend);

}  // namespace postroom::app
