#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What is said to an Exchange server. Pure; all of it keeps to the schemas of Exchange 2013.
namespace postroom::channels {

/// A folder as requests name it.
struct ews_folder {
  std::string id;             ///< FolderId; empty: by `distinguished`
  std::string distinguished;  ///< "inbox", "msgfolderroot", …
  std::string mailbox;        ///< with `distinguished`: the owner's address; empty: of who signs in
};

/// The body of a request by operation. Ids are FolderId, ItemId and SubscriptionId.
namespace ews_text {

std::string get_folder(const ews_folder& folder);
/// Folders right below `parent` with this name as people see it.
std::string find_folder(const ews_folder& parent, std::string_view name);
std::string create_folder(const ews_folder& parent, std::string_view name);
/// Names, sizes and times of what changed since `state`; `max` at most 512.
std::string sync(const ews_folder& folder, std::string_view state, std::size_t max);
std::string get_mails(std::span<const std::string> ids);
std::string mark_seen(std::span<const std::string> ids);
std::string move(std::span<const std::string> ids, const ews_folder& to);
/// As a mail that is deleted and expunged: out of every folder, but an administrator, or the user
/// by "recover deleted items", can bring it back for as long as the server keeps such.
std::string remove(std::span<const std::string> ids);
std::string subscribe(const ews_folder& folder);
std::string unsubscribe(std::string_view subscription);
/// `minutes`: 1 to 30.
std::string stream(std::string_view subscription, unsigned minutes);

/// The whole request. `impersonated`: the address of who is acted for; empty: nobody.
std::string envelope(std::string_view impersonated, std::string_view body);

/// POX autodiscovery (MS-OXDSCLI).
std::string autodiscover(std::string_view address);

/// For text and attribute values; what XML cannot say at all is left out.
std::string escaped(std::string_view text);

}  // namespace ews_text

}  // namespace postroom::channels
