#include "config/spelling.hpp"

#include <algorithm>
#include <numeric>

namespace postroom::config {

namespace {

/// No key is longer; what is longer is near to none, and costs no time.
constexpr std::size_t max_word = 64;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// How many letters to insert, delete, replace or swap with their neighbour; upper and lower case
/// are the same.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    row[0] = i + 1;
    for (std::size_t k = 0; k < b.size(); ++k) {
      const bool same = lower(a[i]) == lower(b[k]);
      row[k + 1] = std::min({last[k] + (same ? 0 : 1), row[k] + 1, last[k + 1] + 1});
      const bool swapped =
          i > 0 && k > 0 && lower(a[i]) == lower(b[k - 1]) && lower(a[i - 1]) == lower(b[k]);
      if (swapped) row[k + 1] = std::min(row[k + 1], before[k - 1] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last.back();
}

}  // namespace

std::string enumerate(const std::vector<std::string>& words) {
  std::string all;
  for (const auto& word : words) all += (all.empty() ? "" : ", ") + word;
  return all;
}

std::string suggest(std::string_view unknown, const std::vector<std::string>& known) {
  std::string all = "use one of: " + enumerate(known);
  if (unknown.size() > max_word || known.empty()) return all;
  const auto far = [&](const std::string& word) { return distance(unknown, word); };
  const auto nearest = std::ranges::min_element(known, {}, far);
  const std::size_t near_enough =
      std::max<std::size_t>(1, std::min<std::size_t>(3, unknown.size() / 3));
  return far(*nearest) <= near_enough ? "did you mean `" + *nearest + "`?" : all;
}

}  // namespace postroom::config
