#pragma once

#include "app/admin_register.hpp"

/// The changing admin methods: what a person does with dead letters. They check what is asked and
/// hand it to the backend; `from` is the caller's address, for the audit. Errors: config_invalid
/// names the field, the problem and the remedy; else those of the backend.
namespace postroom::app {

/// Dead and waiting recipients are due at once.
result<admin::v1::RetryOutboxResponse> retry_outbox(const admin_backend& backend,
                                                    admin::v1::RetryOutboxRequest request,
                                                    const std::string& from = {});
/// Whoever did not get the mail yet will not get it.
result<admin::v1::CancelOutboxResponse> cancel_outbox(const admin_backend& backend,
                                                      admin::v1::CancelOutboxRequest request,
                                                      const std::string& from = {});
/// Marks a mail of the quarantine as dealt with; its raw bytes stay.
result<admin::v1::DiscardQuarantineResponse> discard_quarantine(
    const admin_backend& backend, admin::v1::DiscardQuarantineRequest request,
    const std::string& from = {});

/// Decides mails that were quarantined or suppressed anew, one after the other; what fails is told
/// per mail, and those not come to within a minute are told to be asked for again.
result<admin::v1::ReprocessQuarantineResponse> reprocess_quarantine(
    const admin_backend& backend, admin::v1::ReprocessQuarantineRequest request,
    const std::string& from = {});

}  // namespace postroom::app
