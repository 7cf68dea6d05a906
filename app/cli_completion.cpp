#include "app/cli_completion.hpp"

#include <map>
#include <set>

#include "app/cli.hpp"
#include "app/cli_profiles.hpp"
#include "app/cli_server.hpp"
#include "app/cli_text.hpp"
#include "postroom/admin/v1/admin.pb.h"

namespace postroom::app {
namespace {

constexpr duration patience{300};  ///< nobody waits longer for a Tab

/// What may follow the words typed so far: "access roles" -> {"list", "put", "--json" ...}.
using followers = std::map<std::string, std::set<std::string>>;

followers followers_of(std::span<const command_spec> commands) {
  followers out;
  for (const auto& c : commands) {
    std::string words;
    std::string_view rest = c.name;
    while (!rest.empty()) {
      const auto word = rest.substr(0, rest.find(' '));
      out[words].emplace(word);
      words += (words.empty() ? "" : " ") + std::string{word};
      rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    }
    for (const auto& o : c.options) out[words].insert("--" + std::string{o.name});
    out[words].insert("--help");
  }
  return out;
}

std::string spaced(const std::set<std::string>& words) {
  std::string out;
  for (const auto& w : words) out += (out.empty() ? "" : " ") + w;
  return out;
}

/// "    'access roles') words='list put remove';;" in the syntax of case, as bash and zsh have it.
std::string cases(const followers& all) {
  std::string out;
  for (const auto& [words, next] : all)
    out += "    '" + words + "') words='" + spaced(next) + "';;\n";
  return out;
}

/// The command is the longest start of the line that the table knows; options end it. `$line` are
/// the whole words before the one that is being typed.
constexpr const char* find_command = R"sh(  local command='' longer word words
  for word in "${line[@]}"; do
    case "$word" in -*) break;; esac
    longer="${command:+$command }$word"
    _postroom_words "$longer"
    [ -n "$words" ] || break
    command="$longer"
  done
  case "$previous" in
    -p|--partition) words="$(postroom completion partitions 2>/dev/null)";;
    --profile) words="$(postroom completion profiles 2>/dev/null)";;
    -f|-c|-o|--*file|--config|--socket|--output) words='';;
    *) _postroom_words "$command";;
  esac
)sh";

std::string words_function(const followers& all) {
  return "_postroom_words() {\n  words=''\n  case \"$1\" in\n" + cases(all) + "  esac\n}\n";
}

std::string bash_script(const followers& all) {
  return words_function(all) +
         "_postroom() {\n"
         "  local line=(\"${COMP_WORDS[@]:1:COMP_CWORD-1}\")\n"
         "  local current=\"${COMP_WORDS[COMP_CWORD]}\" "
         "previous=\"${COMP_WORDS[COMP_CWORD-1]}\"\n" +
         find_command +
         "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n}\n"
         "complete -o default -F _postroom postroom\n";
}

std::string zsh_script(const followers& all) {
  return "#compdef postroom\n" + words_function(all) +
         "_postroom() {\n"
         "  local typed=(\"${words[@]}\") place=$CURRENT\n"
         "  local line=(\"${(@)typed[2,place-1]}\") previous=\"${typed[place-1]}\"\n" +
         find_command +
         "  if [ -n \"$words\" ]; then compadd -- ${=words}; else _files; fi\n}\n"
         "compdef _postroom postroom\n";
}

std::string fish_script(const followers& all) {
  std::string out =
      "function __postroom_words\n"
      "  set -l line (commandline -opc)[2..-1]\n"
      "  set -l command\n"
      "  if contains -- \"$line[-1]\" -p --partition\n"
      "    postroom completion partitions 2>/dev/null\n    return\n  end\n"
      "  if test \"$line[-1]\" = --profile\n"
      "    postroom completion profiles 2>/dev/null\n    return\n  end\n"
      "  for word in $line\n"
      "    string match -q -- '-*' $word; and break\n"
      "    contains -- (string join ' ' $command $word) $__postroom_commands; or break\n"
      "    set -a command $word\n  end\n"
      "  set -l key (string join ' ' -- $command)\n  switch \"$key\"\n";
  std::string commands = "set -g __postroom_commands";
  for (const auto& [words, next] : all) {
    commands += " '" + words + "'";
    out += "    case '" + words + "'\n      string split -- ' ' '" + spaced(next) + "'\n";
  }
  return commands + "\n" + out + "  end\nend\ncomplete -c postroom -a '(__postroom_words)'\n";
}

/// One id a line; without a server, or with a slow one, none and no word about it.
int print_partitions(const invocation& in, terminal& term) {
  const auto server = find_server(in, term);
  if (!server) return exit_failed;
  const auto status = client_of(*server, patience)
                          .call<admin::v1::GetStatusResponse>("postroom.admin.v1.StatusService/Get",
                                                              admin::v1::GetStatusRequest{});
  if (!status) return exit_failed;
  for (const auto& p : status->partitions()) term.out << printable(p.id()) << "\n";
  return exit_done;
}

int print_profiles(terminal& term) {
  const auto all = read_profiles(term);
  if (!all) return exit_failed;
  for (const auto& [name, profile] : all->profiles()) term.out << printable(name) << "\n";
  return exit_done;
}

}  // namespace

std::string completion_script(std::span<const command_spec> commands, const std::string& shell) {
  const auto all = followers_of(commands);
  if (shell == "bash") return bash_script(all);
  if (shell == "zsh") return zsh_script(all);
  return shell == "fish" ? fish_script(all) : "";
}

int run_completion(const invocation& in, terminal& term) {
  if (in.positional() == "partitions") return print_partitions(in, term);
  if (in.positional() == "profiles") return print_profiles(term);
  const auto script = completion_script(all_commands(), in.positional());
  term.out << script;
  if (!script.empty()) return exit_done;
  term.err << "postroom: SHELL is bash, zsh or fish, not \"" << printable(in.positional())
           << "\"\n";
  return exit_usage;
}

}  // namespace postroom::app
