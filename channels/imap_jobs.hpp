#pragma once

#include <memory>
#include <string>
#include <vector>

#include "channels/imap_job.hpp"
#include "channels/inbound.hpp"

namespace postroom::channels {

// One per method of the port, see channels/inbound.hpp; each in its own file.
std::unique_ptr<imap_job> make_imap_open(done_fn<opened_mailbox> done);
std::unique_ptr<imap_job> make_imap_list(uint64_t after, std::size_t max, done_fn<listing> done);
std::unique_ptr<imap_job> make_imap_fetch(std::vector<listed_mail> mails,
                                          inbound_channel::on_mail_fn on_mail, done_fn<void> done);
std::unique_ptr<imap_job> make_imap_pieces(listed_mail mail, inbound_channel::on_piece_fn on_piece,
                                           done_fn<uint64_t> done);
std::unique_ptr<imap_job> make_imap_settle(std::vector<listed_mail> mails, after_commit action,
                                           std::string folder, done_fn<void> done);
std::unique_ptr<imap_job> make_imap_wait(duration at_most, done_fn<wake> done);
std::unique_ptr<imap_job> make_imap_close(done_fn<void> done);

}  // namespace postroom::channels
