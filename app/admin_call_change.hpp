#pragma once

#include <string>

#include "access/caller.hpp"
#include "app/admin_register.hpp"

/// Changing a call, not by mail.
namespace postroom::app {

/// Checks what is asked and hands it to the backend; `from` is the caller's address, for the audit.
/// Errors: config_invalid names the field, the problem and the remedy; else those of the backend.
result<admin::v1::ChangeCallResponse> change_call(const admin_backend& backend,
                                                  admin::v1::ChangeCallRequest request,
                                                  const std::string& from = {});

/// Leaves of the answer what the caller gave and may know: who may change calls of a partition
/// without viewing them learns how the call stands, not what it is about.
void hide_contents(admin::v1::ChangeCallResponse& answer, const access::caller& who);

}  // namespace postroom::app
