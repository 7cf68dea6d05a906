#pragma once

#include <string>
#include <vector>

#include "base/metrics.hpp"

namespace postroom::api {

/// The Prometheus text format (version 0.0.4) of a snapshot: histograms cumulative, in seconds.
/// Samples of one name must stand together, as metrics::snapshot() gives them.
std::string render_metrics(const std::vector<metrics::sample>& samples);

}  // namespace postroom::api
