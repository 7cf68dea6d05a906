#include "storage/rocks_unit.hpp"

#include <rocksdb/db.h>

#include <atomic>
#include <mutex>

#include "base/inject.hpp"
#include "base/log.hpp"
#include "storage/batch_check.hpp"
#include "storage/fair_gate.hpp"
#include "storage/rocks_database.hpp"
#include "storage/rocks_status.hpp"

namespace postroom::storage {
namespace {

using database = std::shared_ptr<rocksdb::DB>;

rocksdb::Slice slice(std::string_view s) {
  return {s.data(), s.size()};
}
std::string_view view(const rocksdb::Slice& s) {
  return {s.data(), s.size()};
}

rocksdb::Status append(rocksdb::WriteBatch& out, const write_batch::op& op) {
  switch (op.kind) {
    case write_batch::op_kind::put:
      return out.Put(slice(op.key), slice(op.data()));
    case write_batch::op_kind::erase:
      return out.Delete(slice(op.key));
    case write_batch::op_kind::erase_range:
      return op.key == op.value ? rocksdb::Status::OK()
                                : out.DeleteRange(slice(op.key), slice(op.value));
  }
  return rocksdb::Status::InvalidArgument("unknown operation");
}

result<epoch> read_epoch(rocksdb::DB& db) {
  std::string stored;
  auto found = db.Get({}, epoch_key(), &stored);
  if (found.IsNotFound()) return decode_epoch(std::nullopt);
  if (!found.ok()) return rocks_error(found, "cannot read the epoch of " + db.GetName());
  return decode_epoch(stored);
}

class rocks_unit final : public flushable_unit {
 public:
  rocks_unit(std::filesystem::path folder, std::shared_ptr<const rocks_shared> shared)
      : folder_(std::move(folder)), shared_(std::move(shared)) {}

  /// Opens the database, or closes and opens it again. The caller owns the gate or is the only one
  /// to know the unit.
  result<void> reopen();

  result<epoch> claim() override;
  result<std::optional<std::string>> get(std::string_view key) const override;
  result<std::vector<std::optional<std::string>>> multi_get(
      std::span<const std::string> keys) const override;
  result<void> scan(const key_range& range, const visitor& visit, bool reverse) const override;
  result<void> stage(epoch owner, write_batch batch) override;
  result<void> commit(epoch owner, write_batch batch) override;

  [[nodiscard]] uint64_t last_write() const override { return last_write_; }
  [[nodiscard]] std::size_t unflushed() const override;
  void flush(bool wait) override;

 private:
  result<database> db() const;
  result<void> write(epoch owner, write_batch batch, bool sync);
  result<void> write_owned(epoch owner, rocksdb::WriteBatch& batch, bool sync);
  result<void> put_in_order(rocksdb::DB& db, rocksdb::WriteBatch& batch, bool sync);
  result<void> heal();
  error failed(const rocksdb::Status& status, const char* what) const;

  const std::filesystem::path folder_;
  const std::shared_ptr<const rocks_shared> shared_;
  fair_gate gate_;  ///< writers share it; a claim and a repair own it
  std::atomic<uint64_t> last_write_{0};
  std::atomic<bool> ailing_{false};  ///< a write has failed; the next one heals first
  epoch current_;                    ///< what is stored under epoch_key(); guarded by gate_
  mutable std::mutex db_mutex_;
  database db_;  ///< null after a failed reopen; guarded by db_mutex_
};

error rocks_unit::failed(const rocksdb::Status& status, const char* what) const {
  return rocks_error(status, std::string{what} + " " + folder_.string());
}

result<database> rocks_unit::db() const {
  std::lock_guard lock{db_mutex_};
  if (!db_) return fail(ec::store_io, folder_.string() + " is closed after a disk error");
  return db_;
}

result<void> rocks_unit::reopen() {
  std::lock_guard lock{db_mutex_};
  if (db_.use_count() > 1) return fail(ec::store_io, folder_.string() + " is still being read");
  db_.reset();
  auto opened = open_database(folder_, *shared_);
  if (!opened) return opened.error();
  auto stored = read_epoch(**opened);
  if (!stored) return stored.error();
  current_ = *stored;
  db_ = *opened;
  ailing_ = false;
  return {};
}

/// Tries to get a unit going again whose last write failed: RocksDB refuses writes from then on
/// until it is opened again. What was acknowledged is on disk, so that loses nothing. As long as
/// the disk is bad the old database stays, for it can still be read.
result<void> rocks_unit::heal() {
  if (!ailing_) return {};
  auto alone = gate_.own();
  if (!ailing_) return {};
  if (auto works = probe_disk(folder_, *shared_); !works) return works;
  if (auto reopened = reopen(); !reopened) return reopened;
  log::warn("unit_reopened_after_disk_error", {{"folder", folder_.string()}});
  return {};
}

/// Under the gate.
result<void> rocks_unit::put_in_order(rocksdb::DB& db, rocksdb::WriteBatch& batch, bool sync) {
  rocksdb::WriteOptions how;
  how.sync = sync;
  auto written = db.Write(how, &batch);
  if (written.ok()) return {};
  ailing_ = true;
  return failed(written, "cannot write to");
}

result<void> rocks_unit::write(epoch owner, write_batch batch, bool sync) {
  if (auto sound = check_batch(batch); !sound) return sound;
  rocksdb::WriteBatch out;
  for (const auto& op : batch.ops())
    if (auto added = append(out, op); !added.ok())
      return failed(added, "cannot prepare a write to");
  batch = {};  // the values are copied; let go of the mails
  if (auto healed = heal(); !healed) return healed;
  auto written = write_owned(owner, out, sync);
  if (written) {
    last_write_ = shared_->budget().tick();
    shared_->budget().relieve();
  }
  return written;
}

result<void> rocks_unit::write_owned(epoch owner, rocksdb::WriteBatch& batch, bool sync) {
  auto together = gate_.share();
  if (auto owned = check_owner(owner, current_); !owned) return owned;
  auto open = db();
  if (!open) return open.error();
  return put_in_order(**open, batch, sync);
}

result<void> rocks_unit::stage(epoch owner, write_batch batch) {
  POSTROOM_INJECT("store.stage.before");
  return write(owner, std::move(batch), false);
}

result<void> rocks_unit::commit(epoch owner, write_batch batch) {
  POSTROOM_INJECT("store.commit.before_write");
  auto done = write(owner, std::move(batch), true);
  if (done) POSTROOM_INJECT("store.commit.after_sync");
  return done;
}

result<epoch> rocks_unit::claim() {
  if (auto healed = heal(); !healed) return healed.error();
  auto alone = gate_.own();
  auto open = db();
  if (!open) return open.error();
  epoch next{current_.value + 1};
  rocksdb::WriteBatch batch;
  if (auto added = batch.Put(epoch_key(), encode_epoch(next)); !added.ok())
    return failed(added, "cannot claim");
  if (auto written = put_in_order(**open, batch, true); !written) return written.error();
  current_ = next;
  return next;
}

result<std::optional<std::string>> rocks_unit::get(std::string_view key) const {
  auto open = db();
  if (!open) return open.error();
  std::string value;
  auto found = (*open)->Get({}, slice(key), &value);
  if (found.IsNotFound()) return std::optional<std::string>{};
  if (!found.ok()) return failed(found, "cannot read from");
  return std::optional{std::move(value)};
}

result<std::vector<std::optional<std::string>>> rocks_unit::multi_get(
    std::span<const std::string> keys) const {
  auto open = db();
  if (!open) return open.error();
  auto& db = **open;
  std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
  std::vector<rocksdb::PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> found(keys.size());
  db.MultiGet({}, db.DefaultColumnFamily(), keys.size(), slices.data(), values.data(),
              found.data());
  std::vector<std::optional<std::string>> out(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (found[i].ok()) out[i] = values[i].ToString();
    if (!found[i].ok() && !found[i].IsNotFound()) return failed(found[i], "cannot read from");
  }
  return out;
}

result<void> rocks_unit::scan(const key_range& range, const visitor& visit, bool reverse) const {
  if (!range.last.empty() && range.last <= range.first) return {};
  auto open = db();
  if (!open) return open.error();
  const auto first = slice(range.first), last = slice(range.last);
  rocksdb::ReadOptions how;
  how.fill_cache = false;  // a scan passes by once
  how.iterate_lower_bound = &first;
  if (!range.last.empty()) how.iterate_upper_bound = &last;
  std::unique_ptr<rocksdb::Iterator> it{(*open)->NewIterator(how)};
  reverse ? it->SeekToLast() : it->Seek(first);
  for (; it->Valid(); reverse ? it->Prev() : it->Next())
    if (!visit(view(it->key()), view(it->value()))) return {};
  if (!it->status().ok()) return failed(it->status(), "cannot scan");
  return {};
}

std::size_t rocks_unit::unflushed() const {
  auto open = db();
  uint64_t bytes = 0;
  if (!open || !(*open)->GetIntProperty(rocksdb::DB::Properties::kCurSizeActiveMemTable, &bytes))
    return 0;
  return bytes;
}

void rocks_unit::flush(bool wait) {
  auto open = db();
  if (!open) return;
  rocksdb::FlushOptions how;
  how.wait = wait;
  how.allow_write_stall = true;  // the writer that asks is the one to be held back
  (*open)->Flush(how).PermitUncheckedError();
}

}  // namespace

result<std::unique_ptr<flushable_unit>> open_rocks_unit(
    const std::filesystem::path& folder, std::shared_ptr<const rocks_shared> shared) {
  auto unit = std::make_unique<rocks_unit>(folder, std::move(shared));
  if (auto opened = unit->reopen(); !opened) return opened.error();
  return std::unique_ptr<flushable_unit>{std::move(unit)};
}

}  // namespace postroom::storage
