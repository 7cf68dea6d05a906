#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/bounded_pool.hpp"
#include "storage/engines.hpp"
#include "storage/store.hpp"

namespace postroom::actors::test {

/// A pool without threads: runs jobs at once, or keeps them until the test runs them.
class manual_pool final : public executor {
 public:
  bool try_submit(std::function<void()> job) override {
    if (full) return false;
    if (!held) {
      job();
      return true;
    }
    jobs.push_back(std::move(job));
    return true;
  }
  void run(std::size_t index = 0) {
    auto job = std::move(jobs.at(index));
    jobs.erase(jobs.begin() + static_cast<std::ptrdiff_t>(index));
    job();
  }
  /// Runs what is kept, and from now on everything at once.
  void release() {
    held = false;
    while (!jobs.empty()) run();
  }

  bool held = false;
  bool full = false;
  std::deque<std::function<void()>> jobs;
};

/// What the disk does next, in the test's hands.
struct disk {
  struct refusal {
    error why;
    bool lands = false;  ///< written all the same, as after an fsync error
  };
  std::deque<refusal> commits;  ///< how the next commits fail
  std::deque<error> reads;      ///< how the next get, multi_get and scan calls fail
  std::deque<error> opens;      ///< how the next units fail to open
  std::size_t committed = 0;    ///< commits that went well
  std::vector<std::size_t> ops_of_commit;
};

/// The memory store behind a disk that fails when told to.
class fragile_store final : public storage::unit_store {
 public:
  fragile_store(std::shared_ptr<storage::unit_store> inner, std::shared_ptr<disk> d)
      : inner_(std::move(inner)), disk_(std::move(d)) {}
  result<epoch> claim() override { return inner_->claim(); }
  result<std::optional<std::string>> get(std::string_view key) const override {
    if (auto broken = next_read(); broken.code != ec::none) return broken;
    return inner_->get(key);
  }
  result<std::vector<std::optional<std::string>>> multi_get(
      std::span<const std::string> wanted) const override {
    if (auto broken = next_read(); broken.code != ec::none) return broken;
    return inner_->multi_get(wanted);
  }
  result<void> scan(const storage::key_range& range, const visitor& visit,
                    bool reverse) const override {
    if (auto broken = next_read(); broken.code != ec::none) return broken;
    return inner_->scan(range, visit, reverse);
  }
  result<void> stage(epoch owner, storage::write_batch batch) override {
    return inner_->stage(owner, std::move(batch));
  }
  result<void> commit(epoch owner, storage::write_batch batch) override {
    auto ops = batch.ops().size();
    if (!disk_->commits.empty()) {
      auto next = std::move(disk_->commits.front());
      disk_->commits.pop_front();
      if (next.lands)
        if (auto done = inner_->commit(owner, std::move(batch)); !done) return done;
      return next.why;
    }
    auto done = inner_->commit(owner, std::move(batch));
    if (done) {
      ++disk_->committed;
      disk_->ops_of_commit.push_back(ops);
    }
    return done;
  }

 private:
  error next_read() const {
    if (disk_->reads.empty()) return fail(ec::none);
    auto next = std::move(disk_->reads.front());
    disk_->reads.pop_front();
    return next;
  }
  std::shared_ptr<storage::unit_store> inner_;
  std::shared_ptr<disk> disk_;
};

class fragile_engine final : public storage::engine {
 public:
  explicit fragile_engine(std::shared_ptr<disk> d)
      : inner_(storage::make_memory_engine()), disk_(std::move(d)) {}
  result<std::shared_ptr<storage::unit_store>> open(const std::string& unit) override {
    if (!disk_->opens.empty()) {
      auto next = std::move(disk_->opens.front());
      disk_->opens.pop_front();
      return next;
    }
    auto& slot = open_[unit];
    if (slot) return slot;
    auto inner = inner_->open(unit);
    if (!inner) return inner.error();
    slot = std::make_shared<fragile_store>(*inner, disk_);
    return slot;
  }
  result<std::vector<std::string>> units() const override { return inner_->units(); }

 private:
  std::unique_ptr<storage::engine> inner_;
  std::shared_ptr<disk> disk_;
  std::map<std::string, std::shared_ptr<storage::unit_store>> open_;
};

}  // namespace postroom::actors::test
