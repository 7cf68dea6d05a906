#include "base/metrics.hpp"

#include <memory>
#include <mutex>
#include <tuple>

namespace postroom::metrics {
namespace {

template <class Metric>
struct family {
  struct entry {
    std::string help;
    std::unique_ptr<Metric> metric = std::make_unique<Metric>();
  };
  std::map<std::pair<std::string, labels>, entry> entries;

  Metric& get(std::string_view name, std::string_view help, const labels& l) {
    auto& e = entries[{std::string{name}, l}];
    if (e.help.empty()) e.help = help;
    return *e.metric;
  }
};

struct registry {
  std::mutex mutex;
  family<counter> counters;
  family<gauge> gauges;
  family<histogram> histograms;
};

registry& all() {
  static auto* r = new registry;  // never destroyed: threads may count until the very end
  return *r;
}

}  // namespace

void histogram::observe_us(uint64_t us) noexcept {
  std::size_t i = 0;
  while (i < std::size(bounds_us) && us > bounds_us[i]) ++i;
  x_[i].fetch_add(1, std::memory_order_relaxed);
  sum_us_.fetch_add(us, std::memory_order_relaxed);
}

counter& get_counter(std::string_view name, std::string_view help, const labels& l) {
  std::lock_guard lock{all().mutex};
  return all().counters.get(name, help, l);
}

gauge& get_gauge(std::string_view name, std::string_view help, const labels& l) {
  std::lock_guard lock{all().mutex};
  return all().gauges.get(name, help, l);
}

histogram& get_histogram(std::string_view name, std::string_view help, const labels& l) {
  std::lock_guard lock{all().mutex};
  return all().histograms.get(name, help, l);
}

std::vector<sample> snapshot() {
  std::lock_guard lock{all().mutex};
  std::vector<sample> out;
  for (const auto& [key, e] : all().counters.entries)
    out.push_back(
        {key.first, e.help, kind::counter, key.second, static_cast<double>(e.metric->value())});
  for (const auto& [key, e] : all().gauges.entries)
    out.push_back(
        {key.first, e.help, kind::gauge, key.second, static_cast<double>(e.metric->value())});
  for (const auto& [key, e] : all().histograms.entries) {
    sample s{key.first, e.help, kind::histogram, key.second};
    for (std::size_t i = 0; i < histogram::buckets; ++i) s.buckets.push_back(e.metric->bucket(i));
    s.sum_seconds = static_cast<double>(e.metric->sum_us()) / 1e6;
    out.push_back(std::move(s));
  }
  return out;
}

}  // namespace postroom::metrics
