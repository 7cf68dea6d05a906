#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "postroom/record/v1/record.pb.h"
#include "storage/store.hpp"

namespace postroom::actors {

/// The record of a stored mail. Blocks. Errors: not_found, corrupt_record, store errors. `what`
/// names the mail in errors.
result<record::v1::Mail> read_mail_record(const storage::unit_store& store, mail_id id,
                                          const std::string& what);

/// The raw bytes, put together from their chunks. Blocks. Errors: corrupt_record when chunks are
/// missing, store errors.
result<std::shared_ptr<const std::string>> read_raw(const storage::unit_store& store,
                                                    const record::v1::Mail& mail,
                                                    const std::string& what);

}  // namespace postroom::actors
