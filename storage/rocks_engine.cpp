#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>

#include "storage/batch_check.hpp"
#include "storage/durable_folder.hpp"
#include "storage/engines.hpp"
#include "storage/rocks_shared.hpp"
#include "storage/rocks_unit.hpp"

namespace postroom::storage {
namespace {

/// The units that are open, being opened or being closed: RocksDB lets only one object at a time
/// have a folder. Outlives the engine, for the units do.
class unit_table : public std::enable_shared_from_this<unit_table> {
 public:
  using opener = std::function<result<std::unique_ptr<flushable_unit>>()>;

  /// The open unit of this name, or what `open` makes; that is added to `budget`. Waits while
  /// another thread opens or closes it.
  result<std::shared_ptr<unit_store>> get(const std::string& name, const opener& open,
                                          memtable_budget& budget) {
    if (auto unit = wait_for(name)) return std::shared_ptr<unit_store>{unit};
    auto opened = open();
    if (!opened) {
      leave(name);
      return opened.error();
    }
    std::shared_ptr<flushable_unit> unit{
        opened->release(), [table = shared_from_this(), name](flushable_unit* closing) {
          delete closing;
          table->leave(name);
        }};
    budget.add(unit);
    std::lock_guard lock{mutex_};
    units_[name] = unit;
    changed_.notify_all();
    return std::shared_ptr<unit_store>{unit};
  }

 private:
  /// The unit, or null when the caller shall open it: then its place is taken.
  std::shared_ptr<flushable_unit> wait_for(const std::string& name) {
    std::unique_lock lock{mutex_};
    for (;;) {
      auto [it, taken] = units_.try_emplace(name);
      if (taken) return nullptr;
      if (auto unit = it->second.lock()) return unit;
      changed_.wait(lock);
    }
  }

  void leave(const std::string& name) {
    std::lock_guard lock{mutex_};
    units_.erase(name);
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::weak_ptr<flushable_unit>> units_;  ///< expired: being opened or closed
};

class rocks_engine final : public engine {
 public:
  rocks_engine(std::filesystem::path root, std::shared_ptr<const rocks_shared> shared)
      : root_(std::move(root)), shared_(std::move(shared)) {}

  result<std::shared_ptr<unit_store>> open(const std::string& unit) override {
    if (auto valid = check_unit_name(unit); !valid) return valid.error();
    return table_->get(
        unit, [&] { return open_rocks_unit(root_ / unit, shared_); }, shared_->budget());
  }

  result<std::vector<std::string>> units() const override {
    std::vector<std::string> out;
    std::error_code failed;
    for (std::filesystem::directory_iterator it{root_, failed}, end; !failed && it != end;
         it.increment(failed)) {
      auto name = it->path().filename().string();
      std::error_code missing;
      if (check_unit_name(name) && std::filesystem::exists(it->path() / "CURRENT", missing))
        out.push_back(std::move(name));
    }
    if (failed)
      return fail(ec::store_io, "cannot list " + root_.string() + ": " + failed.message());
    std::sort(out.begin(), out.end());
    return out;
  }

 private:
  const std::filesystem::path root_;
  const std::shared_ptr<const rocks_shared> shared_;
  const std::shared_ptr<unit_table> table_ = std::make_shared<unit_table>();
};

}  // namespace

result<std::unique_ptr<engine>> make_rocks_engine_on(const std::filesystem::path& root,
                                                     const rocks_options& opts, rocksdb::Env* env) {
  if (auto made = make_durable_folder(root); !made) return made.error();
  auto shared = std::make_shared<const rocks_shared>(opts, env);
  return std::unique_ptr<engine>{std::make_unique<rocks_engine>(root, std::move(shared))};
}

result<std::unique_ptr<engine>> make_rocks_engine(const std::filesystem::path& root,
                                                  const rocks_options& opts) {
  return make_rocks_engine_on(root, opts, nullptr);
}

}  // namespace postroom::storage
