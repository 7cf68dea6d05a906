#pragma once

#include <atomic>
#include <cstdint>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace postroom::metrics {

using labels = std::map<std::string, std::string>;

/// A value that only grows. Lock-free; any thread.
class counter {
 public:
  void add(uint64_t n = 1) noexcept { x_.fetch_add(n, std::memory_order_relaxed); }
  [[nodiscard]] uint64_t value() const noexcept { return x_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> x_{0};
};

/// A value that goes up and down. Lock-free; any thread.
class gauge {
 public:
  void set(int64_t v) noexcept { x_.store(v, std::memory_order_relaxed); }
  void add(int64_t n) noexcept { x_.fetch_add(n, std::memory_order_relaxed); }
  [[nodiscard]] int64_t value() const noexcept { return x_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> x_{0};
};

/// Durations in fixed buckets (1 ms … 60 s). Lock-free; any thread.
class histogram {
 public:
  static constexpr uint64_t bounds_us[] = {500,       1'000,     2'000,     5'000,   10'000,
                                           20'000,    50'000,    100'000,   200'000, 500'000,
                                           1'000'000, 5'000'000, 60'000'000};
  static constexpr std::size_t buckets = std::size(bounds_us) + 1;
  void observe_us(uint64_t us) noexcept;
  [[nodiscard]] uint64_t bucket(std::size_t i) const noexcept {
    return x_[i].load(std::memory_order_relaxed);
  }
  [[nodiscard]] uint64_t sum_us() const noexcept { return sum_us_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> x_[buckets]{};
  std::atomic<uint64_t> sum_us_{0};
};

/// The metric of this name and these labels, made at its first use; lives as long as the process.
/// `help` is kept from the first use. Names follow Prometheus: "postroom_mails_total". Takes a
/// lock: keep the reference.
counter& get_counter(std::string_view name, std::string_view help, const labels& l = {});
gauge& get_gauge(std::string_view name, std::string_view help, const labels& l = {});
histogram& get_histogram(std::string_view name, std::string_view help, const labels& l = {});

enum class kind { counter, gauge, histogram };
struct sample {
  std::string name, help;
  metrics::kind kind;
  metrics::labels labels;
  double value = 0;               ///< counter and gauge
  std::vector<uint64_t> buckets;  ///< histogram: not cumulative, the last is +Inf
  double sum_seconds = 0;
};
/// All metrics as they stand, ordered by name and labels. For the exporter.
std::vector<sample> snapshot();

}  // namespace postroom::metrics
