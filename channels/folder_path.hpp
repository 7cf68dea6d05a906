#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postroom::channels {

/// The folders of a path such as "Inbox/Sub", from the top; empty names are passed over. Pure.
std::vector<std::string> folder_names(std::string_view path);

}  // namespace postroom::channels
