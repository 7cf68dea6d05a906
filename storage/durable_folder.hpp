#pragma once

#include <filesystem>

#include "base/result.hpp"

namespace postroom::storage {

/// Makes `path` and what is missing above it, and returns only when the new names are on disk: a
/// synced file in a folder whose own name is not on disk is lost with a power cut. Errors:
/// store_io, no_space.
result<void> make_durable_folder(const std::filesystem::path& path);

}  // namespace postroom::storage
