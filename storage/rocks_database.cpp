#include "storage/rocks_database.hpp"

#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include "storage/durable_folder.hpp"
#include "storage/rocks_status.hpp"

namespace postroom::storage {
namespace {

/// Enough for what opening a database writes at once: a manifest, options, the flush of a small
/// log.
constexpr std::size_t probe_bytes = 1u << 20;

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

/// Waits for background work. Does not sync: nothing that was acknowledged needs it, and after a
/// failed write this version of RocksDB ends the process when its log is touched again. What Close
/// says then, the write said before.
void close_database(rocksdb::DB* db) {
  db->Close().PermitUncheckedError();
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

result<void> probe_disk(const std::filesystem::path& folder, const rocks_shared& shared) {
  auto* env = shared.options_of_a_unit().env;
  auto probe = (folder / "probe.tmp").string();
  auto written = rocksdb::WriteStringToFile(env, std::string(probe_bytes, 'x'), probe, true);
  env->DeleteFile(probe).PermitUncheckedError();
  if (!written.ok()) return rocks_error(written, "cannot write to " + folder.string());
  return {};
}

}  // namespace postroom::storage
