#pragma once

#include <vector>

#include "actors/messages.hpp"
#include "postroom/record/v1/record.pb.h"

/// What a person may change of people whom mails created. No CAF in here; pure.
namespace postroom::actors {

/// Differs whenever the record does; never 0.
uint64_t revision_of(const record::v1::Person& person);

/// The person as `wanted`. `same_address` are those who have one of the wanted addresses. Errors:
/// outdated (another revision); conflict (the person stands in the configuration); already_exists
/// (an address is somebody else's in the partition).
result<record::v1::Person> changed_person(const record::v1::Person& now,
                                          const change_person& wanted,
                                          const std::vector<record::v1::Person>& same_address);

/// Who did it and why, and the fields that differ, before and after.
record::v1::AuditEntry audit_of(const change_person& done, const record::v1::Person& was,
                                const record::v1::Person& is, time_point at);

}  // namespace postroom::actors
