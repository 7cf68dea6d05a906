#pragma once

#include "app/admin_gate.hpp"
#include "app/setup_backend.hpp"
#include "postroom/admin/v1/directory.pb.h"

/// postroom.admin.v1.DirectoryService: the people of the configuration, and those whom mails
/// created.
namespace postroom::app {

void register_directory(guarded_server& server, const setup_backend& backend);

/// One page of the people of the directory that the caller may see, oldest first. Blocks on the
/// disk. Errors: config_invalid (the token is none of ours), store errors.
result<admin::v1::ListPeopleResponse> list_people(const storage::unit_store& store,
                                                  const admin::v1::ListPeopleRequest& request,
                                                  const access::caller& who);

/// A person of the directory as the service shows it, without a revision.
admin::v1::DirectoryPerson shown_person(const record::v1::Person& person);

}  // namespace postroom::app
