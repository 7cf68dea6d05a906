// How an EWS session finds its server and its folder.
#include <algorithm>
#include <utility>

#include "base/web_url.hpp"
#include "channels/ews_session.hpp"
#include "channels/folder_path.hpp"

namespace postroom::channels {
namespace {

constexpr std::size_t max_depth = 16;  // folders in a path

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

}  // namespace

result<void> ews_session::check_settings() const {
  if (settings_.impersonate && settings_.user.empty())
    return fail(ec::config_invalid, "impersonation needs the address of the mailbox");
  if (folder_names(settings_.mailbox).size() > max_depth)
    return fail(ec::config_invalid, "the path of the folder is too deep");
  return ews_http(loop_, settings_.server).usable();
}

void ews_session::open(done_fn<opened_mailbox> done) {
  enqueue({[this, done] {
             if (auto fine = check_settings(); !fine)
               return conclude<opened_mailbox>(done, fine.error());
             find_url([this, done](result<void> found) {
               if (!found) return conclude<opened_mailbox>(done, found.error());
               find_folder(settings_.mailbox, false, [this, done](result<ews_folder> folder) {
                 if (!folder) return conclude<opened_mailbox>(done, folder.error());
                 folder_ = std::move(*folder);
                 ask(ews_text::get_folder(folder_), [this, done](result<ews_message> got) {
                   if (!got) return conclude<opened_mailbox>(done, got.error());
                   finish_open(done, *got);
                 });
               });
             });
           },
           [done](const error& why) { done(why); }});
}

void ews_session::find_url(const std::function<void(result<void>)>& then) {
  const auto& server = settings_.server;
  auto url = settings_.url;
  if (url.empty() && !server.host.empty()) {
    const bool v6 = server.host.find(':') != std::string::npos;
    url = (server.security == security::none ? "http://" : "https://") +
          (v6 ? "[" + server.host + "]" : server.host) +
          (server.port ? ":" + std::to_string(server.port) : std::string()) + "/EWS/Exchange.asmx";
  }
  if (!url.empty()) {
    if (!is_fit_for_secrets(url))
      return then(fail(ec::config_invalid, "the URL must begin with https://"));
    use_url(std::move(url));
    return then({});
  }
  autodiscover_ = std::make_unique<ews_autodiscover>(loop_, settings_);
  autodiscover_->start([this, then](result<std::string> found) {
    if (!found) return then(found.error());
    use_url(std::move(*found));
    then({});
  });
}

void ews_session::use_url(std::string url) {
  requester_ = std::make_unique<ews_requester>(loop_, settings_, std::move(url));
}

/// "INBOX", or names below it, or names below the top of the mailbox.
void ews_session::find_folder(const std::string& path, bool make, folder_fn then) {
  auto names = folder_names(path);
  const bool inbox = names.empty() || lower_case(names.front()) == "inbox";
  if (inbox && !names.empty()) names.erase(names.begin());
  ews_folder start;
  start.distinguished = inbox ? "inbox" : "msgfolderroot";
  // Who is acted for owns what is asked for; a shared mailbox must be named.
  if (!settings_.impersonate) start.mailbox = settings_.user;
  walk(std::move(start), std::move(names), make, std::move(then));
}

void ews_session::walk(ews_folder at, std::vector<std::string> names, bool make, folder_fn then) {
  if (names.empty()) return then(std::move(at));
  const auto name = names.front();
  ask(ews_text::find_folder(at, name), [this, at, names = std::move(names), make,
                                        then = std::move(then)](result<ews_message> got) mutable {
    if (!got) return then(got.error());
    const auto wanted = lower_case(names.front());
    const auto found = std::ranges::find_if(
        got->folders, [&](const auto& f) { return lower_case(f.name) == wanted; });
    if (found == got->folders.end()) {
      if (make) return make_folder(at, std::move(names), std::move(then));
      return then(fail(ec::mailbox_missing, "there is no such folder"));
    }
    names.erase(names.begin());
    walk({.id = found->id, .distinguished = {}, .mailbox = {}}, std::move(names), make,
         std::move(then));
  });
}

void ews_session::make_folder(const ews_folder& parent, std::vector<std::string> names,
                              folder_fn then) {
  const auto body = ews_text::create_folder(parent, names.front());
  requester_->start({.body = body}, [this, parent, names = std::move(names),
                                     then = std::move(then)](result<answer> got) mutable {
    if (!got) return then(got.error());
    const auto& made = got->front();
    // Somebody else was quicker: then it is there.
    if (made.code == "ErrorFolderExists")
      return walk(parent, std::move(names), false, std::move(then));
    if (!made.ok()) return then(ews_error(made));
    if (made.folders.empty())
      return then(fail(ec::protocol_violation, "a folder was made but has no id"));
    names.erase(names.begin());
    walk({.id = made.folders.front().id, .distinguished = {}, .mailbox = {}}, std::move(names),
         true, std::move(then));
  });
}

void ews_session::finish_open(const done_fn<opened_mailbox>& done, const ews_message& folder) {
  if (folder.folders.empty() || folder.folders.front().id.empty())
    return conclude<opened_mailbox>(done, fail(ec::protocol_violation, "the folder has no id"));
  folder_ = {.id = folder.folders.front().id, .distinguished = {}, .mailbox = {}};
  opened_ = true;
  opened_mailbox out;
  out.messages = folder.folders.front().total;
  if (!settings_.streaming) return conclude<opened_mailbox>(done, out);
  // Before the first listing, so that nothing comes unheard between the two.
  subscribe([this, done, out](result<void> subscribed) mutable {
    out.can_wait = can_wait_ = subscribed.ok();
    conclude<opened_mailbox>(done, out);
  });
}

void ews_session::subscribe(std::function<void(result<void>)> then) {
  ask(ews_text::subscribe(folder_), [this, then = std::move(then)](result<ews_message> got) {
    if (!got) return then(got.error());
    subscription_ = got->subscription;
    if (subscription_.empty())
      return then(fail(ec::protocol_violation, "a subscription has no id"));
    then({});
  });
}

}  // namespace postroom::channels
