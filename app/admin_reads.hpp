#pragma once

#include "access/caller.hpp"
#include "app/admin_pages.hpp"
#include "base/result.hpp"
#include "postroom/admin/v1/admin.pb.h"

/// The reading admin methods, straight on the stores of the open partitions. They block on the disk
/// and run on the admin server's threads. Errors: not_found and config_invalid name what was asked
/// for and what there is; store errors as the store gives them.
namespace postroom::app {

/// Newest first over all partitions, those that the request wants. The texts of the calls are left
/// out.
result<admin::v1::ListCallsResponse> list_calls(const open_units& units,
                                                const admin::v1::ListCallsRequest& request);

/// "IT-000123" in any case, with the mails sent about the call (at most 1,000). Its texts end
/// before signature and quotation, unless all is asked for.
result<admin::v1::GetCallResponse> get_call(const open_units& units,
                                            const admin::v1::GetCallRequest& request);

/// The raw mail, put together from its chunks, for who may read it (`find_mail`). Errors: also
/// corrupt_record when chunks are missing.
result<admin::v1::GetRawResponse> get_raw(const open_units& units,
                                          const admin::v1::GetRawRequest& request,
                                          const access::caller& who);

/// The HTML of a mail, safe to show, for who may read the mail. Errors: not_found also for a mail
/// without any.
result<admin::v1::GetHtmlResponse> get_html(const open_units& units,
                                            const admin::v1::GetHtmlRequest& request,
                                            const access::caller& who);

/// One attachment of a call's mail or of an update's, decoded, for who may read the mail. Errors:
/// forbidden for one that is withheld, unless the caller has the right QUARANTINE, too.
result<admin::v1::GetAttachmentResponse> get_attachment(
    const open_units& units, const admin::v1::GetAttachmentRequest& request,
    const access::caller& who);

/// The state and ledger of a mailbox. Entries come in the reverse order of their keys (UIDVALIDITY,
/// UID, UIDL), which for IMAP is newest first. `entries_total` is counted by walking the ledger, on
/// the first page only, and read together with `state` (again when a commit came between). A
/// mailbox that has lived in several partitions is read in the one where it started last.
result<admin::v1::GetLedgerResponse> get_ledger(const open_units& units,
                                                const admin::v1::GetLedgerRequest& request);

/// Newest first over all partitions; by default those that nobody has discarded.
result<admin::v1::ListQuarantineResponse> list_quarantine(
    const open_units& units, const admin::v1::ListQuarantineRequest& request);

/// One mail of the quarantine, discarded or not, with what the ledger knows of it.
result<admin::v1::GetQuarantineResponse> get_quarantine(
    const open_units& units, const admin::v1::GetQuarantineRequest& request);

/// Newest first over all partitions; by default those not sent to everyone, dead letters and
/// cancelled ones among them. The texts of the mails are left out.
result<admin::v1::ListOutboxResponse> list_outbox(const open_units& units,
                                                  const admin::v1::ListOutboxRequest& request);

}  // namespace postroom::app
