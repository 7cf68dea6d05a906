#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <memory>

namespace postroom::storage::test {

/// The machine's file system, until told to fail.
class faulty_disk : public rocksdb::FileSystemWrapper {
 public:
  enum class fault { none, full, nearly_full, sync_fails, write_fails };

  faulty_disk() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "faulty_disk"; }
  void set(fault f) { fault_ = f; }
  [[nodiscard]] fault now() const { return fault_; }
  /// From now on this much can be written before the disk is full.
  void leave_room_for(int64_t bytes) {
    room_ = bytes;
    fault_ = fault::nearly_full;
  }
  [[nodiscard]] bool fits(std::size_t bytes) { return (room_ -= static_cast<int64_t>(bytes)) >= 0; }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* out,
                                    rocksdb::IODebugContext* debug) override;

 private:
  std::atomic<fault> fault_{fault::none};
  std::atomic<int64_t> room_{0};
};

namespace detail {

class faulty_file : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  faulty_file(std::unique_ptr<rocksdb::FSWritableFile> file, faulty_disk& disk)
      : FSWritableFileOwnerWrapper(std::move(file)), disk_(disk) {}

  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
    auto refused = write_refused(data.size());
    return refused.ok() ? FSWritableFileOwnerWrapper::Append(data, options, debug) : refused;
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo& info,
                           rocksdb::IODebugContext* debug) override {
    auto refused = write_refused(data.size());
    return refused.ok() ? FSWritableFileOwnerWrapper::Append(data, options, info, debug) : refused;
  }
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options,
                         rocksdb::IODebugContext* debug) override {
    auto refused = sync_refused();
    return refused.ok() ? FSWritableFileOwnerWrapper::Sync(options, debug) : refused;
  }
  rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options,
                          rocksdb::IODebugContext* debug) override {
    auto refused = sync_refused();
    return refused.ok() ? FSWritableFileOwnerWrapper::Fsync(options, debug) : refused;
  }

 private:
  [[nodiscard]] rocksdb::IOStatus write_refused(std::size_t bytes) {
    if (disk_.now() == faulty_disk::fault::full) return rocksdb::IOStatus::NoSpace("injected");
    if (disk_.now() == faulty_disk::fault::nearly_full && !disk_.fits(bytes))
      return rocksdb::IOStatus::NoSpace("injected");
    if (disk_.now() == faulty_disk::fault::write_fails)
      return rocksdb::IOStatus::IOError("injected");
    return rocksdb::IOStatus::OK();
  }
  [[nodiscard]] rocksdb::IOStatus sync_refused() const {
    return disk_.now() == faulty_disk::fault::sync_fails ? rocksdb::IOStatus::IOError("injected")
                                                         : rocksdb::IOStatus::OK();
  }

  faulty_disk& disk_;
};

}  // namespace detail

inline rocksdb::IOStatus faulty_disk::NewWritableFile(const std::string& name,
                                                      const rocksdb::FileOptions& options,
                                                      std::unique_ptr<rocksdb::FSWritableFile>* out,
                                                      rocksdb::IODebugContext* debug) {
  if (fault_ == fault::full) return rocksdb::IOStatus::NoSpace("injected");
  if (fault_ == fault::write_fails) return rocksdb::IOStatus::IOError("injected");
  auto made = FileSystemWrapper::NewWritableFile(name, options, out, debug);
  if (made.ok()) *out = std::make_unique<detail::faulty_file>(std::move(*out), *this);
  return made;
}

}  // namespace postroom::storage::test
