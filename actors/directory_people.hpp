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

/// The people with this address if the partition's configuration were `model`: changed, added and
/// switched off as the directory would do it. `found`: those it knows now. New ones have id 0.
std::vector<record::v1::Person> people_as_if(std::vector<record::v1::Person> found,
                                             const std::string& folded_address,
                                             const partitions::partition_model& model);

}  // namespace postroom::actors
