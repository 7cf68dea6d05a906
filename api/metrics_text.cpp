#include "api/metrics_text.hpp"

#include <prometheus/text_serializer.h>

#include <limits>

namespace postroom::api {
namespace {

prometheus::MetricType type_of(metrics::kind kind) {
  switch (kind) {
    case metrics::kind::counter:
      return prometheus::MetricType::Counter;
    case metrics::kind::gauge:
      return prometheus::MetricType::Gauge;
    case metrics::kind::histogram:
      return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

prometheus::ClientMetric::Histogram cumulative(const metrics::sample& s) {
  prometheus::ClientMetric::Histogram out;
  uint64_t count = 0;
  for (std::size_t i = 0; i < s.buckets.size(); ++i) {
    count += s.buckets[i];
    const bool last = i >= std::size(metrics::histogram::bounds_us);
    const double bound = last ? std::numeric_limits<double>::infinity()
                              : static_cast<double>(metrics::histogram::bounds_us[i]) / 1e6;
    out.bucket.push_back({count, bound});
  }
  out.sample_count = count;
  out.sample_sum = s.sum_seconds;
  return out;
}

prometheus::ClientMetric convert(const metrics::sample& s) {
  prometheus::ClientMetric out;
  for (const auto& [name, value] : s.labels) out.label.push_back({name, value});
  switch (s.kind) {
    case metrics::kind::counter:
      out.counter.value = s.value;
      break;
    case metrics::kind::gauge:
      out.gauge.value = s.value;
      break;
    case metrics::kind::histogram:
      out.histogram = cumulative(s);
      break;
  }
  return out;
}

}  // namespace

std::string render_metrics(const std::vector<metrics::sample>& samples) {
  std::vector<prometheus::MetricFamily> families;
  for (const auto& s : samples) {
    if (families.empty() || families.back().name != s.name)
      families.push_back({s.name, s.help, type_of(s.kind), {}});
    families.back().metric.push_back(convert(s));
  }
  return prometheus::TextSerializer{}.Serialize(families);
}

}  // namespace postroom::api
