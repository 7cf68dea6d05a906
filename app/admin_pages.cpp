#include "app/admin_pages.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "app/record_strip.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"

namespace postroom::app {
namespace {

namespace keys = storage::keys;
constexpr std::size_t batch_rows = 64;
constexpr std::size_t least_batch_rows = 8;
constexpr std::size_t batch_bytes = 1u << 20;
constexpr uint64_t all = std::numeric_limits<uint64_t>::max();
constexpr std::string_view token_version = "1:";

std::string key_of(keys::kind kind, uint64_t id) {
  switch (kind) {
    case keys::kind::call:
      return keys::call(call_number{id});
    case keys::kind::outbox:
      return keys::outbox(id);
    case keys::kind::quarantine:
      return keys::quarantine(mail_id{id});
    case keys::kind::audit_chain:
      return keys::audit_chain(id);
    default:
      return keys::all_of(kind).first;
  }
}

/// Numbers are given one after the other, and few rows are erased; a gap costs a search, no more.
bool is_dense(keys::kind kind) {
  return kind == keys::kind::call || kind == keys::kind::outbox || kind == keys::kind::audit_chain;
}

std::string open_names(const std::vector<open_unit>& units) {
  std::string names;
  for (const auto& u : units) names += (names.empty() ? "" : ", ") + u.part.value;
  return names.empty() ? "none" : names;
}

/// "1:IT=120,HR=7": for each partition the number the next page stays below.
result<std::map<std::string, uint64_t>> parse_token(std::string_view token) {
  std::map<std::string, uint64_t> out;
  const auto wrong =
      fail(ec::config_invalid, "page_token is none this server gave; start again without it");
  if (token.empty()) return out;
  if (!token.starts_with(token_version)) return wrong;
  token.remove_prefix(token_version.size());
  while (!token.empty()) {
    const auto item = token.substr(0, token.find(','));
    token.remove_prefix(std::min(item.size() + 1, token.size()));
    const auto equals = item.find('=');
    if (equals == std::string_view::npos) return wrong;
    uint64_t below = 0;
    const auto* end = item.data() + item.size();
    const auto [rest, error] = std::from_chars(item.data() + equals + 1, end, below);
    if (error != std::errc{} || rest != end) return wrong;
    out.emplace(item.substr(0, equals), below);
  }
  return out;
}

}  // namespace

reverse_reader::reverse_reader(open_unit unit, const page_query& query, uint64_t below,
                               std::size_t expected)
    : unit_(std::move(unit)),
      kind_(query.kind),
      without_(query.without),
      below_(below),
      read_below_(below),
      batch_(std::clamp(expected, least_batch_rows, batch_rows)) {}

void reverse_reader::add(std::string_view key, std::string_view value) {
  rows_.push_back(
      {unit_.part, keys::trailing_u64(key), without_fields(value, without_), value.size()});
}

result<void> reverse_reader::refill() {
  if (read_below_ == all || !is_dense(kind_)) {
    // Where there is no number to start from, one row gives it.
    if (auto r = read_backwards(is_dense(kind_) ? 1 : batch_); !r) return r;
  } else {
    if (auto r = read_window(); !r) return r;
    if (rows_.empty())
      if (auto r = read_backwards(batch_); !r) return r;
  }
  if (rows_.size() > 1) batch_ = std::min(batch_ * 2, batch_rows);
  exhausted_ = rows_.empty();
  return {};
}

result<void> reverse_reader::read_backwards(std::size_t most) {
  auto range = keys::all_of(kind_);
  if (read_below_ != all) range.last = key_of(kind_, read_below_);
  std::size_t bytes = 0;
  auto read = unit_.store->scan(
      range,
      [&](std::string_view key, std::string_view value) {
        add(key, value);
        bytes += value.size();
        return rows_.size() < most && bytes < batch_bytes;
      },
      true);
  if (read && !rows_.empty()) read_below_ = rows_.back().id;
  return read;
}

/// The next numbers, read forwards: each step back costs the store a search of its own.
result<void> reverse_reader::read_window() {
  const auto from = read_below_ - std::min<uint64_t>(read_below_, batch_);
  std::size_t bytes = 0;
  bool too_large = false;
  auto read =
      unit_.store->scan({key_of(kind_, from), key_of(kind_, read_below_)},
                        [&](std::string_view key, std::string_view value) {
                          add(key, value);
                          bytes += value.size();
                          for (; rows_.size() > 1 && bytes > batch_bytes; too_large = true) {
                            bytes -= rows_.front().stored;
                            rows_.pop_front();
                          }
                          return true;
                        });
  if (!read) return read;
  std::reverse(rows_.begin(), rows_.end());
  if (!rows_.empty()) read_below_ = too_large ? rows_.back().id : from;
  return {};
}

result<const stored_row*> reverse_reader::front() {
  if (rows_.empty() && !exhausted_)
    if (auto r = refill(); !r) return r.error();
  return rows_.empty() ? nullptr : &rows_.front();
}

void reverse_reader::pop() {
  below_ = rows_.front().id;
  rows_.pop_front();
}

result<std::vector<reverse_reader>> start_page(const std::vector<open_unit>& units,
                                               const page_query& query) {
  const auto from = parse_token(query.token);
  if (!from) return from.error();
  const auto wanted = [&](const open_unit& unit) {
    return query.partition.empty() || unit.part.value == query.partition;
  };
  const auto many = std::max<std::size_t>(
      1, static_cast<std::size_t>(std::count_if(units.begin(), units.end(), wanted)));
  std::vector<reverse_reader> out;
  for (const auto& unit : units) {
    if (!wanted(unit)) continue;
    const auto at = from->find(unit.part.value);
    out.emplace_back(unit, query, at == from->end() ? all : at->second,
                     rows_of(query.size) / many + 1);
  }
  if (out.empty() && !query.partition.empty())
    return fail(ec::not_found,
                "partition " + query.partition + " is not open; open are: " + open_names(units));
  return out;
}

std::string token_of(const std::vector<reverse_reader>& readers) {
  std::string out{token_version};
  for (const auto& r : readers) {
    if (out.size() > token_version.size()) out += ',';
    out += r.part().value + "=" + std::to_string(r.below());
  }
  return out;
}

void report_unreadable(const stored_row& row) {
  static auto& unreadable = metrics::get_counter("postroom_records_unreadable_total",
                                                 "Stored records that did not parse");
  unreadable.add();
  log::error("record_unreadable", {{"partition", row.part.value}, {"id", row.id}});
}

}  // namespace postroom::app
