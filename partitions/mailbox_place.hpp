#pragma once

#include <string>

#include "postroom/config/v1/config.pb.h"
#include "postroom/record/v1/record.pb.h"

namespace postroom::partitions {

/// Graph or EWS. Pure.
bool is_web(const config::v1::IncomingServer& server);

/// The name of a folder of this server in the form to compare. INBOX is one folder however it is
/// written (RFC 3501, 5.1). Exchange does not tell small letters from capitals in others either;
/// elsewhere they are compared as they are. Pure.
std::string fold_folder(const config::v1::IncomingServer& server, std::string name);

/// Where an incoming server's mails lie, in a form to compare: equal for the same mailbox written
/// in another way, as far as the settings tell. All ports of a host are one mail system. A shared
/// mailbox is the same whoever signs in; without `user` it is the one of who does. Pure.
record::v1::MailboxPlace place_of(const config::v1::IncomingServer& server);

/// ":1993" where tunnels to several mail systems may end: at ports of this machine that are no
/// protocol's own. Else blank. Pure.
std::string tunnel_port(const config::v1::IncomingServer& server);

}  // namespace postroom::partitions
