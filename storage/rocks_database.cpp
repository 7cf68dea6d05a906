#include "storage/rocks_database.hpp"

#include <rocksdb/db.h>

#include "base/log.hpp"
#include "storage/durable_folder.hpp"
#include "storage/rocks_status.hpp"

namespace postroom::storage {
namespace {

bool is_data(const std::filesystem::path& file) {
  auto kind = file.extension();
  return kind == ".sst" || kind == ".blob" || kind == ".log";
}

/// RocksDB takes a folder without CURRENT for an empty one and deletes what it finds there. Without
/// data it is one: the process died while it made the unit.
result<void> refuse_headless(const std::filesystem::path& folder) {
  std::error_code failed;
  if (std::filesystem::exists(folder / "CURRENT", failed)) return {};
  for (std::filesystem::directory_iterator it{folder, failed}, end; !failed && it != end;
       it.increment(failed))
    if (is_data(it->path()))
      return fail(ec::corrupt_record,
                  folder.string() + " holds data, but its file CURRENT is gone");
  if (failed) return fail(ec::store_io, "cannot list " + folder.string() + ": " + failed.message());
  return {};
}

/// Leaves nothing unsynced behind, not even staged pieces, and waits for background work.
void close_database(rocksdb::DB* db) {
  auto name = db->GetName();
  auto synced = db->SyncWAL();
  auto closed = db->Close();
  if (!synced.ok() || !closed.ok())
    log::warn("unit_close_failed",
              {{"folder", name}, {"error", (synced.ok() ? closed : synced).ToString()}});
  delete db;
}

}  // namespace

result<std::shared_ptr<rocksdb::DB>> open_database(const std::filesystem::path& folder,
                                                   const rocks_shared& shared) {
  if (auto made = make_durable_folder(folder); !made) return made.error();
  if (auto sound = refuse_headless(folder); !sound) return sound.error();
  rocksdb::DB* db = nullptr;
  auto opened = rocksdb::DB::Open(shared.options_of_a_unit(), folder.string(), &db);
  if (!opened.ok()) return rocks_error(opened, "cannot open " + folder.string());
  return std::shared_ptr<rocksdb::DB>{db, close_database};
}

}  // namespace postroom::storage
