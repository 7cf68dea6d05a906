#include "channels/folder_path.hpp"

#include <algorithm>

namespace postroom::channels {

std::vector<std::string> folder_names(std::string_view path) {
  std::vector<std::string> out;
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    if (end > 0) out.emplace_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return out;
}

}  // namespace postroom::channels
