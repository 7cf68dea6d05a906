#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// YAML text as plain values with their lines; for this room only.
namespace postroom::config {

enum class node_kind : uint8_t { null, scalar, list, map };

struct yaml_node {
  node_kind kind = node_kind::null;
  unsigned line = 0;                  ///< from 1
  std::string text;                   ///< scalar, as written (quotes and escapes undone)
  std::vector<std::size_t> children;  ///< list: the items; map: key, value, key, value ... An alias
                                      ///< is the same number again
};

/// One document. A node only refers to nodes that were complete before it: there is no circle.
struct yaml_tree {
  std::vector<yaml_node> nodes;  ///< the first is the root; empty: an empty document
};

struct yaml_error {
  unsigned line = 0;  ///< 0: none
  std::string what;
  std::string remedy;
};

inline constexpr std::size_t max_yaml_bytes = 4u << 20;
inline constexpr std::size_t max_yaml_nodes = 500'000;
inline constexpr std::size_t max_yaml_depth = 20;

/// The documents of a file up to the first syntax error, which goes to `errors`. Refused as well:
/// what is not UTF-8 and what is over the limits above. Time and memory are linear in the size of
/// the text.
std::vector<yaml_tree> parse_yaml(std::string_view yaml, std::vector<yaml_error>& errors);

}  // namespace postroom::config
