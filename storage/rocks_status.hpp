#pragma once

#include <string>

#include "base/result.hpp"

namespace rocksdb {
class Status;
}

namespace postroom::storage {

/// The one place where RocksDB's failures become ours. `what` says what was tried and on which
/// unit. What RocksDB may yet invent is store_io: transient, so that nothing is given up for it.
error rocks_error(const rocksdb::Status& status, const std::string& what);

}  // namespace postroom::storage
