#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The command line's grammar as data: parsing and help are made from the same tables, so they
/// cannot differ.
namespace postroom::app {

class invocation;
struct terminal;

enum class option_kind { flag, text, number };

struct option_spec {
  std::string_view name;  ///< "partition" for --partition
  option_kind kind = option_kind::flag;
  std::string_view value_name;  ///< "IT", for help; empty for a flag
  std::string_view help;
  char letter = 0;  ///< 'f' for -f; 0: none
  bool repeatable = false;
  bool required = false;
};

struct command_spec {
  std::string_view name;        ///< one word or several: "outbox retry"
  std::string_view positional;  ///< "CALL", "[FROM] [TO]"; needed unless in brackets; empty: none
  std::string_view summary;     ///< one line
  std::string_view details;     ///< further lines for the command's own help
  std::vector<option_spec> options;
  int (*run)(const invocation&, terminal&) = nullptr;
};

/// A command with its options, checked against its table.
class invocation {
 public:
  explicit invocation(const command_spec& command) : command_(&command) {}
  [[nodiscard]] const command_spec& command() const { return *command_; }
  [[nodiscard]] bool has(std::string_view option) const { return values_.contains(option); }
  /// The last value given; empty: not given.
  [[nodiscard]] std::string get(std::string_view option) const;
  [[nodiscard]] std::vector<std::string> all(std::string_view option) const;
  [[nodiscard]] uint64_t number(std::string_view option, uint64_t otherwise) const;
  /// The argument at this place; empty: not given.
  [[nodiscard]] std::string positional(std::size_t place = 0) const {
    return place < positional_.size() ? positional_[place] : std::string{};
  }

 private:
  friend class arg_parser;
  const command_spec* command_;
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
  std::vector<std::string> positional_;
};

struct help_wanted {
  const command_spec* command = nullptr;  ///< null: the program's help
};
struct version_wanted {};
struct usage_error {
  std::string message;
  const command_spec* command = nullptr;  ///< whose help to show; null: the program's
};
using parsed_args = std::variant<invocation, help_wanted, version_wanted, usage_error>;

/// `args` without the program's name. Pure.
parsed_args parse_args(std::span<const command_spec> commands,
                       const std::vector<std::string>& args);

std::string program_help(std::span<const command_spec> commands);
std::string command_help(const command_spec& command);
/// "usage: postroom call CALL [options]"
std::string usage_line(const command_spec& command);

}  // namespace postroom::app
