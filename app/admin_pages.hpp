#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "storage/keys.hpp"
#include "storage/store.hpp"

/// Listing one kind of record of many partitions, newest first, page by page.
namespace postroom::app {

/// A partition that can be read now.
struct open_unit {
  partition_id part;
  std::shared_ptr<storage::unit_store> store;
};
/// The partitions open at the moment. Called on the admin server's threads.
using open_units = std::function<std::vector<open_unit>()>;

inline constexpr uint32_t default_page_size = 50;
inline constexpr uint32_t max_page_size = 1000;
/// Rows on a page for which `size` was asked.
inline uint32_t rows_of(uint32_t size) {
  return size == 0 ? default_page_size : std::min(size, max_page_size);
}

struct page_query {
  storage::keys::kind kind;  ///< one whose keys end in the record's number
  std::string partition;     ///< empty: all
  uint32_t size = 0;         ///< 0: default_page_size
  std::string token;
  int64_t oldest = 0;  ///< ms; the first record from before it ends the list; 0: none does
  /// Told by a record's bytes that it is not on the page; may be empty.
  std::function<bool(std::string_view)> pass_over = {};
  /// Fields of the record that are not on the page, by number.
  std::vector<uint32_t> without = {};
};

/// One stored record and where it came from.
struct stored_row {
  partition_id part;
  uint64_t id = 0;
  std::string value;       ///< without the fields that the query leaves out
  std::size_t stored = 0;  ///< bytes, with them
};

/// The rows of one unit in descending order of their number, read in small batches, so that merging
/// many partitions holds little.
class reverse_reader {
 public:
  /// Rows with a number below `below`. `expected`: as many may be wanted of this unit; more can be
  /// had.
  reverse_reader(open_unit unit, const page_query& query, uint64_t below, std::size_t expected);
  /// The next row; null at the end. Errors: those of the store.
  result<const stored_row*> front();
  void pop();
  /// What to continue from.
  [[nodiscard]] uint64_t below() const { return below_; }
  [[nodiscard]] const partition_id& part() const { return unit_.part; }

 private:
  result<void> refill();
  result<void> read_backwards(std::size_t most);
  result<void> read_window();
  void add(std::string_view key, std::string_view value);

  open_unit unit_;
  storage::keys::kind kind_;
  std::vector<uint32_t> without_;
  uint64_t below_;
  uint64_t read_below_;
  std::size_t batch_;
  bool exhausted_ = false;
  std::deque<stored_row> rows_;
};

/// The readers a query needs, each where its token left off. Errors: not_found (the partition is
/// not open), config_invalid (the token is none of ours).
result<std::vector<reverse_reader>> start_page(const std::vector<open_unit>& units,
                                               const page_query& query);
/// The token that goes on where the readers stand.
std::string token_of(const std::vector<reverse_reader>& readers);
/// A stored record does not parse: lists go on without it, loudly.
void report_unreadable(const stored_row& row);

/// Ends a page by what it has read and holds, not only by its rows: a filter may pass over many
/// rows, and rows may be large. A page may so be short, or empty, and still name a next one.
class page_budget {
 public:
  explicit page_budget(uint32_t size) : rows_(rows_of(size)) {}
  [[nodiscard]] bool spent() const { return rows_ == 0 || has_read_enough(); }
  [[nodiscard]] bool has_read_enough() const { return examined_ == 0 || bytes_ == 0; }
  void examined(std::size_t bytes) {
    --examined_;
    bytes_ -= std::min(bytes, bytes_);
  }
  void took() { --rows_; }

 private:
  uint32_t rows_;
  uint32_t examined_ = 2'000;
  std::size_t bytes_ = 32u << 20;
};

template <class Record>
struct page {
  std::vector<std::pair<partition_id, Record>> rows;
  std::string next_token;  ///< empty: that was all
};

/// The newest record of each partition that is not on a page yet.
template <class Record>
class merge_heads {
 public:
  merge_heads(std::vector<reverse_reader>& readers,
              const std::function<bool(std::string_view)>& pass_over, page_budget& budget)
      : readers_(readers), heads_(readers.size()), pass_over_(pass_over), budget_(budget) {}

  /// Which reader holds the newest record; none at the end. When rows were passed over until the
  /// budget was spent, cut_short() and no answer.
  result<std::optional<std::size_t>> newest(int64_t (*time_of)(const Record&)) {
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < heads_.size(); ++i) {
      if (auto r = fill(i); !r) return r.error();
      if (cut_short_) return best;
      if (heads_[i] && (!best || time_of(*heads_[i]) > time_of(*heads_[*best]))) best = i;
    }
    return best;
  }
  [[nodiscard]] bool cut_short() const { return cut_short_; }
  [[nodiscard]] const Record& at(std::size_t i) const { return *heads_[i]; }
  /// Bytes of it in the store.
  [[nodiscard]] std::size_t stored(std::size_t i) { return (*readers_[i].front())->stored; }
  Record take(std::size_t i) {
    Record out = std::move(*heads_[i]);
    heads_[i].reset();
    readers_[i].pop();
    return out;
  }

 private:
  result<void> fill(std::size_t i) {
    while (!heads_[i]) {
      const auto row = readers_[i].front();
      if (!row) return row.error();
      if (!*row) return {};
      if (pass_over_ && pass_over_((*row)->value)) {
        if (cut_short_ = budget_.has_read_enough(); cut_short_) return {};
        budget_.examined((*row)->stored);
        readers_[i].pop();
        continue;
      }
      Record record;
      if (record.ParseFromString((*row)->value)) {
        heads_[i] = std::move(record);
      } else {
        report_unreadable(**row);
        readers_[i].pop();
      }
    }
    return {};
  }

  std::vector<reverse_reader>& readers_;
  std::vector<std::optional<Record>> heads_;
  const std::function<bool(std::string_view)>& pass_over_;
  page_budget& budget_;
  bool cut_short_ = false;
};

/// One page over several partitions, merged by time. Within a partition the order is that of the
/// numbers. `keep` may be empty: all.
template <class Record>
result<page<Record>> merged_page(const std::vector<open_unit>& units, const page_query& query,
                                 int64_t (*time_of)(const Record&),
                                 const std::function<bool(const Record&)>& keep) {
  auto readers = start_page(units, query);
  if (!readers) return readers.error();
  page_budget budget{query.size};
  merge_heads<Record> heads{*readers, query.pass_over, budget};
  page<Record> out;
  for (;;) {
    const auto newest = heads.newest(time_of);
    if (!newest) return newest.error();
    if (heads.cut_short()) break;
    if (!*newest || time_of(heads.at(**newest)) < query.oldest) return out;
    if (budget.spent()) break;
    budget.examined(heads.stored(**newest));
    auto record = heads.take(**newest);
    if (keep && !keep(record)) continue;
    out.rows.emplace_back((*readers)[**newest].part(), std::move(record));
    budget.took();
  }
  out.next_token = token_of(*readers);
  return out;
}

}  // namespace postroom::app
