#pragma once

#include "actors/messages.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "postroom/record/v1/record.pb.h"

/// What the audit tells of a person's changes. No secrets, and no addresses but those that a change
/// of the configuration itself is about. Pure.
namespace postroom::actors {

/// With `demand_reasons`, a change must say why. Errors: config_invalid, naming `reason`.
result<void> check_demanded(const config::v1::General& general, const std::string& reason);

/// The configuration became another version; `about` is what is kept with it.
record::v1::AuditEntry audit_of(const change_settings& done,
                                const record::v1::SettingsVersion& about);
/// `entry` is as it is after the change; its newest action says how it was.
record::v1::AuditEntry audit_of(const change_outbox& done, const record::v1::OutboxEntry& entry,
                                time_point now);
/// `ledger` is as it is after the change, and says how it was before.
record::v1::AuditEntry audit_of(const reprocess_mail& done, const record::v1::LedgerEntry& ledger,
                                time_point now);
/// `call` is as it is after the change, `update` tells what it was before.
record::v1::AuditEntry audit_of(const change_call& done, const record::v1::CallUpdate& update,
                                time_point now);
record::v1::AuditEntry audit_of(const discard_mail& done, const record::v1::QuarantineEntry& entry,
                                time_point now);

}  // namespace postroom::actors
