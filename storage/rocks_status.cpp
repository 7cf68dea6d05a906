#include "storage/rocks_status.hpp"

#include <rocksdb/status.h>

namespace postroom::storage {
namespace {

ec code_of_io_error(rocksdb::Status::SubCode reason) {
  using enum rocksdb::Status::SubCode;
  switch (reason) {
    case kNoSpace:
    case kSpaceLimit:
      return ec::no_space;
    case kNone:
    case kMutexTimeout:
    case kLockTimeout:
    case kLockLimit:
    case kDeadlock:
    case kStaleFile:
    case kMemoryLimit:
    case kPathNotFound:
    case KMergeOperandsInsufficientCapacity:
    case kManualCompactionPaused:
    case kOverwritten:
    case kTxnNotPrepared:
    case kIOFenced:
    case kMaxSubCode:
      return ec::store_io;
  }
  return ec::store_io;
}

ec code_of(const rocksdb::Status& status) {
  using enum rocksdb::Status::Code;
  switch (status.code()) {
    case kCorruption:
      return ec::corrupt_record;
    case kIOError:
    case kAborted:  // memory or space limits come as subcodes of this one too
      return code_of_io_error(status.subcode());
    case kNotFound:
      return ec::not_found;
    case kOk:  // asked about a success
    case kNotSupported:
    case kInvalidArgument:
      return ec::internal;
    case kMergeInProgress:
    case kIncomplete:
    case kShutdownInProgress:
    case kTimedOut:
    case kBusy:
    case kExpired:
    case kTryAgain:
    case kCompactionTooLarge:
    case kColumnFamilyDropped:
    case kMaxCode:
      return ec::store_io;
  }
  return ec::store_io;
}

}  // namespace

error rocks_error(const rocksdb::Status& status, const std::string& what) {
  return fail(code_of(status), what + ": " + status.ToString());
}

}  // namespace postroom::storage
