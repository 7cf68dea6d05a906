#include <algorithm>
#include <iterator>
#include <string>

#include "mail/ascii.hpp"
#include "mail/automatic.hpp"
#include "mail/null_path.hpp"

namespace postroom::mail {

namespace {

constexpr std::size_t max_local_part = 64;  // RFC 5321 section 4.5.3.1.1

/// Whole local parts.
constexpr std::string_view programs[] = {
    "mailer-daemon", "postmaster", "daemon", "bounce",  "bounces",  "listserv", "majordomo",
    "mailman",       "nobody",     "null",   "devnull", "dev-null", "blackhole"};

/// "Do not answer" and the like anywhere in a local part, of which only letters and digits are
/// looked at: "do_not-reply", "shop.noreply".
constexpr std::string_view refusals[] = {
    "noreply",        "donotreply",    "dontreply",     "donotrespond",       "noresponse",
    "noanswer",       "unattended",    "unmonitored",   "autoreply",          "autorespond",
    "nichtantworten", "keineantwort",  "antwortenicht", "nepasrepondre",      "sansreponse",
    "norespond",      "naorespond",    "nonrispondere", "niettebeantwoorden", "nietbeantwoorden",
    "nietantwoorden", "geenantwoord",  "intesvara",     "svarainte",          "svarej",
    "ejsvar",         "ikkesvar",      "svarikke",      "ingensvar",          "eivastausta",
    "alavastaa",      "nieodpowiadaj", "neodpovid",     "neodpoved",          "nevalaszolj",
    "nuraspunde",     "neodgovar",     "neotvechat",    "yanitlamayin",       "cevaplamayin"};

constexpr std::string_view starts[] = {"bounce-", "bounces-", "owner-"};
constexpr std::string_view ends[] = {"-request", "-bounces", "-owner"};
constexpr std::string_view tags[] = {"bounce+", "bounces+"};

template <class Words, class Is>
bool any(const Words& words, Is is) {
  return std::any_of(std::begin(words), std::end(words), is);
}

}  // namespace

bool takes_no_answers(std::string_view address) {
  const auto local = lowered(address.substr(0, std::min(address.find('@'), max_local_part)));
  std::string bare;
  std::copy_if(local.begin(), local.end(), std::back_inserter(bare), is_alnum);
  auto begins = [&](std::string_view w) { return local.rfind(w, 0) == 0; };
  auto finishes = [&](std::string_view w) {
    return local.size() > w.size() && local.compare(local.size() - w.size(), w.size(), w) == 0;
  };
  return any(programs, [&](std::string_view w) { return local == w; }) ||
         any(refusals, [&](std::string_view w) { return bare.find(w) != std::string::npos; }) ||
         any(tags, [&](std::string_view w) { return local.find(w) != std::string::npos; }) ||
         any(starts, begins) || any(ends, finishes);
}

bool is_null_path(std::string_view return_path) {
  auto path = trimmed(return_path);
  if (!path.empty() && path.front() == '<') path.remove_prefix(1);
  if (!path.empty() && path.back() == '>') path.remove_suffix(1);
  path = trimmed(path);
  return (path.empty() && !trimmed(return_path).empty()) ||
         equal_ignoring_case(path.substr(0, path.find('@')), "mailer-daemon");
}

}  // namespace postroom::mail
