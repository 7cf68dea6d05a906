#pragma once

#include <string>
#include <vector>

#include "partitions/model.hpp"
#include "postroom/record/v1/record.pb.h"

/// How people of a configuration become people of the directory. Pure.
namespace postroom::actors {

/// Makes a person what the configuration says; what mails made of them stays.
void take_config(record::v1::Person& p, const config::v1::Person& c,
                 const partitions::partition_model& model);

/// Notes that mail to an address came back; of one address the newest report is kept.
record::v1::Person with_mark(record::v1::Person p, const record::v1::AddressMark& mark);

/// Somebody wrote from the address (folded), so it can be reached. False: it was not marked.
bool clear_mark(record::v1::Person& p, const std::string& folded_address);

/// The people with this address if the partition's configuration were `model`: changed, added and
/// switched off as the directory would do it. `found`: those it knows now. New ones have id 0.
std::vector<record::v1::Person> people_as_if(std::vector<record::v1::Person> found,
                                             const std::string& folded_address,
                                             const partitions::partition_model& model);

}  // namespace postroom::actors
