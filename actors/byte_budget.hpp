#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

namespace postroom::actors {

/// How many bytes of mail bodies a partition may hold in memory at once, over all its mailboxes.
/// First come, first served, so that a large mail is not starved by small ones. Thread-safe.
class byte_budget : public std::enable_shared_from_this<byte_budget> {
 public:
  explicit byte_budget(uint64_t capacity) : capacity_(capacity) {}

  /// Bytes granted; gives them back when the last holder lets go.
  class lease {
   public:
    lease(std::shared_ptr<byte_budget> owner, uint64_t bytes)
        : owner_(std::move(owner)), bytes_(bytes) {}
    ~lease() { owner_->give_back(bytes_); }
    lease(const lease&) = delete;
    lease& operator=(const lease&) = delete;

   private:
    std::shared_ptr<byte_budget> owner_;
    uint64_t bytes_;
  };
  using granted_fn = std::function<void(std::shared_ptr<lease>)>;

  /// Calls `granted` now or when others have given back enough, in the order of asking. More than
  /// the capacity counts as the whole capacity. `granted` must not call into the budget; a waiter
  /// that is gone drops the lease.
  void acquire(uint64_t bytes, granted_fn granted);

  [[nodiscard]] uint64_t used() const;

 private:
  struct waiter {
    uint64_t bytes;
    granted_fn granted;
  };
  void give_back(uint64_t bytes);
  void serve();

  const uint64_t capacity_;
  mutable std::mutex mutex_;
  uint64_t used_ = 0;
  std::deque<waiter> waiting_;
};

}  // namespace postroom::actors
