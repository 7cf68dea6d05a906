#include "app/cli_args.hpp"
#include "app/words.hpp"

#include <algorithm>

#include "config/utf8.hpp"

namespace postroom::app {
namespace {

bool wants_help(const std::string& arg) {
  return arg == "--help" || arg == "-h";
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    out.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string left_column(const option_spec& o) {
  std::string out = o.letter ? std::string{"-"} + o.letter + ", " : std::string{"    "};
  out += "--" + std::string{o.name};
  if (!o.value_name.empty()) out += " " + std::string{o.value_name};
  return out;
}

/// File names may hold any bytes; everything else is sent as text.
bool is_path(const option_spec& o) {
  return o.value_name == "PATH" || o.value_name == "FILE";
}

std::string two_columns(const std::vector<std::pair<std::string, std::string>>& rows) {
  std::size_t width = 0;
  for (const auto& [left, right] : rows) width = std::max(width, left.size());
  std::string out;
  for (const auto& [left, right] : rows)
    out += "  " + left + std::string(width - left.size() + 2, ' ') + right + "\n";
  return out;
}

/// "outbox retry" has two words.
std::size_t words_of(const command_spec& command) {
  return 1 + static_cast<std::size_t>(std::count(command.name.begin(), command.name.end(), ' '));
}

std::string spaced(std::span<const std::string> words) {
  std::string out;
  for (const auto& w : words) out += (out.empty() ? "" : " ") + w;
  return out;
}

/// The command that the first words name; of "outbox" and "outbox retry" the longer one.
const command_spec* find_command(std::span<const command_spec> commands,
                                 std::span<const std::string> words) {
  const command_spec* found = nullptr;
  for (const auto& c : commands) {
    const auto n = words_of(c);
    if (n > words.size() || (found && words_of(*found) >= n)) continue;
    if (c.name == spaced(words.first(n))) found = &c;
  }
  return found;
}

}  // namespace

class arg_parser {
 public:
  arg_parser(const command_spec& command, std::span<const std::string> args)
      : out_(command), args_(args) {}

  parsed_args run() {
    for (; at_ < args_.size(); ++at_) {
      const auto& arg = args_[at_];
      if (!literal_ && wants_help(arg)) return help_wanted{out_.command_};
      if (!literal_ && arg == "--")
        literal_ = true;
      else if (!literal_ && arg.size() > 1 && arg.front() == '-')
        take_option(arg);
      else
        take_positional(arg);
      if (!wrong_.empty()) return usage_error{wrong_, out_.command_};
    }
    check_complete();
    if (!wrong_.empty()) return usage_error{wrong_, out_.command_};
    return out_;
  }

 private:
  const option_spec* find(std::string_view arg) const {
    for (const auto& o : out_.command_->options) {
      if (arg.starts_with("--") && arg.substr(2) == o.name) return &o;
      if (arg.size() == 2 && o.letter != 0 && arg[1] == o.letter) return &o;
    }
    return nullptr;
  }

  void take_option(const std::string& arg) {
    const auto equals = arg.starts_with("--") ? arg.find('=') : std::string::npos;
    const auto name = arg.substr(0, equals);
    const auto* option = find(name);
    if (!option) {
      wrong_ = "unknown option " + name;
    } else if (option->kind == option_kind::flag) {
      if (equals != std::string::npos) wrong_ = name + " takes no value";
      out_.values_[std::string{option->name}];
    } else if (equals != std::string::npos) {
      take_value(*option, name, arg.substr(equals + 1));
    } else if (at_ + 1 < args_.size()) {
      take_value(*option, name, args_[++at_]);
    } else {
      wrong_ = name + " needs a value: " + std::string{option->value_name};
    }
  }

  void take_value(const option_spec& option, const std::string& name, const std::string& value) {
    auto& values = out_.values_[std::string{option.name}];
    if (value.empty())
      wrong_ = name + " needs a value: " + std::string{option.value_name};
    else if (!values.empty() && !option.repeatable)
      wrong_ = name + " is given twice";
    else if (!is_path(option) && config::first_non_utf8(value) != std::string::npos)
      wrong_ = name + ": the value is not UTF-8 text; set the terminal to UTF-8 and type it again";
    else if (option.kind == option_kind::number && !to_number(value))
      wrong_ = name + ": \"" + value + "\" is not a number";
    else if (option.kind == option_kind::number && to_number(value) == uint64_t{0})
      wrong_ = name + ": use 1 or more";
    values.push_back(value);
  }

  void take_positional(const std::string& arg) {
    const bool many = out_.command_->positional.ends_with("...");
    if (out_.positional_.size() >= words_of(out_.command_->positional).size() && !many)
      wrong_ = "unexpected argument \"" + arg + "\"";
    else if (config::first_non_utf8(arg) != std::string::npos)
      wrong_ = "an argument is not UTF-8 text; set the terminal to UTF-8 and type it again";
    out_.positional_.push_back(arg);
  }

  void check_complete() {
    const auto words = words_of(out_.command_->positional);
    for (std::size_t i = 0; i < words.size(); ++i)
      if (!words[i].starts_with('[') && out_.positional(i).empty())
        wrong_ = std::string{words[i]} + " is missing";
    for (const auto& o : out_.command_->options)
      if (o.required && !out_.has(o.name)) wrong_ = "--" + std::string{o.name} + " is missing";
  }

  invocation out_;
  std::span<const std::string> args_;
  std::size_t at_ = 0;
  bool literal_ = false;
  std::string wrong_;
};

std::string invocation::get(std::string_view option) const {
  const auto found = values_.find(option);
  return found == values_.end() || found->second.empty() ? std::string{} : found->second.back();
}

std::vector<std::string> invocation::all(std::string_view option) const {
  const auto found = values_.find(option);
  return found == values_.end() ? std::vector<std::string>{} : found->second;
}

uint64_t invocation::number(std::string_view option, uint64_t otherwise) const {
  return to_number(get(option)).value_or(otherwise);
}

parsed_args parse_args(std::span<const command_spec> commands,
                       const std::vector<std::string>& args) {
  if (args.empty()) return usage_error{"a command is missing", nullptr};
  const auto& first = args.front();
  if (first == "--version") return version_wanted{};
  const bool help = first == "help" || wants_help(first);
  if (help && args.size() == 1) return help_wanted{};
  const auto words = std::span{args}.subspan(help ? 1 : 0);
  const auto* command = find_command(commands, words);
  if (!command) {
    const auto& name = words.front();
    const auto* what = name.starts_with("-") ? "unknown option " : "unknown command ";
    return usage_error{what + name, nullptr};
  }
  if (help) return help_wanted{command};
  return arg_parser{*command, words.subspan(words_of(*command))}.run();
}

std::string usage_line(const command_spec& command) {
  std::string out = "usage: postroom " + std::string{command.name};
  if (!command.positional.empty()) out += " " + std::string{command.positional};
  for (const auto& o : command.options) {
    std::string one = o.letter ? std::string{"-"} + o.letter : "--" + std::string{o.name};
    if (!o.value_name.empty()) one += " " + std::string{o.value_name};
    if (o.repeatable)
      one += (o.required ? " [" : " ") + (o.required ? one + " ...]" : std::string{"..."});
    out += o.required ? " " + one : " [" + one + "]";
  }
  return out + "\n";
}

std::string command_help(const command_spec& command) {
  std::string out = std::string{command.summary} + "\n\n" + usage_line(command) + "\n";
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& o : command.options) rows.emplace_back(left_column(o), o.help);
  rows.emplace_back("-h, --help", "show this");
  out += two_columns(rows);
  if (!command.details.empty()) out += "\n" + std::string{command.details} + "\n";
  return out;
}

std::string program_help(std::span<const command_spec> commands) {
  std::string out =
      "Postroom turns e-mail into helpdesk calls.\n\nusage: postroom COMMAND [options]\n\n";
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& c : commands) {
    auto left = std::string{c.name};
    if (!c.positional.empty()) left += " " + std::string{c.positional};
    rows.emplace_back(left, c.summary);
  }
  out += two_columns(rows);
  out += "\n" +
         two_columns({{"--help, COMMAND --help", "show help"}, {"--version", "show the version"}});
  out +=
      "\nThe commands that look at a running server find it by --profile (`profiles list`), or its "
      "admin socket by --socket\n"
      "or --config (node.yaml); else by the environment: POSTROOM_PROFILE, then POSTROOM_SOCKET; "
      "else "
      "they take\n./postroom-data/admin.sock.\n"
      "Exit status: 0 done, 1 failed, 2 the configuration has problems, 64 wrong usage.\n";
  return out;
}

}  // namespace postroom::app
