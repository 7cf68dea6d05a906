#include "storage/rocks_database.hpp"

#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include "storage/durable_folder.hpp"
#include "storage/rocks_status.hpp"

namespace postroom::storage {
namespace {

/// What opening a database writes at once beside the flush of its logs: a manifest, options.
constexpr std::size_t housekeeping_bytes = 1u << 20;
constexpr std::size_t probe_piece_bytes = 1u << 20;

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

/// Recovery writes all of this again, as table and blob files.
std::size_t log_bytes(const std::filesystem::path& folder) {
  std::size_t out = 0;
  std::error_code failed;
  for (std::filesystem::directory_iterator it{folder, failed}, end; !failed && it != end;
       it.increment(failed)) {
    std::error_code gone;
    auto size = it->path().extension() == ".log" ? it->file_size(gone) : 0;
    if (!gone) out += size;
  }
  return out;
}

rocksdb::Status write_zeros(rocksdb::Env& env, const std::string& path, std::size_t bytes) {
  std::unique_ptr<rocksdb::WritableFile> file;
  auto status = env.NewWritableFile(path, &file, {});
  const std::string piece(probe_piece_bytes, '\0');
  for (std::size_t at = 0; status.ok() && at < bytes; at += piece.size())
    status = file->Append(piece);
  if (status.ok()) status = file->Sync();
  return status;
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
  auto written = write_zeros(*env, probe, housekeeping_bytes + log_bytes(folder));
  env->DeleteFile(probe).PermitUncheckedError();
  if (!written.ok()) return rocks_error(written, "cannot write to " + folder.string());
  return {};
}

}  // namespace postroom::storage
