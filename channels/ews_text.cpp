#include "channels/ews_text.hpp"

#include "channels/ews_scanner.hpp"

namespace postroom::channels::ews_text {
namespace {

std::string element(std::string_view name, std::string_view inner) {
  std::string out;
  out.reserve(2 * name.size() + inner.size() + 5);
  return out.append("<").append(name).append(">").append(inner).append("</").append(name).append(
      ">");
}

std::string folder_element(const ews_folder& folder) {
  if (!folder.id.empty()) return "<t:FolderId Id=\"" + escaped(folder.id) + "\"/>";
  const std::string id = "<t:DistinguishedFolderId Id=\"" + escaped(folder.distinguished) + "\"";
  if (folder.mailbox.empty()) return id + "/>";
  const auto address = element("t:EmailAddress", escaped(folder.mailbox));
  return id + ">" + element("t:Mailbox", address) + "</t:DistinguishedFolderId>";
}

std::string item_elements(std::span<const std::string> ids) {
  std::string out;
  for (const auto& id : ids) out.append("<t:ItemId Id=\"").append(escaped(id)).append("\"/>");
  return out;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : without_illegal_characters(text)) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else {
      out += c;
    }
  }
  return out;
}

std::string get_folder(const ews_folder& folder) {
  return element("m:GetFolder",
                 "<m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>" +
                     element("m:FolderIds", folder_element(folder)));
}

std::string find_folder(const ews_folder& parent, std::string_view name) {
  return "<m:FindFolder Traversal=\"Shallow\"><m:FolderShape><t:BaseShape>Default</t:BaseShape>"
         "</m:FolderShape><m:Restriction><t:IsEqualTo><t:FieldURI FieldURI=\"folder:DisplayName\"/>"
         "<t:FieldURIOrConstant><t:Constant Value=\"" +
         escaped(name) + "\"/></t:FieldURIOrConstant></t:IsEqualTo></m:Restriction>" +
         element("m:ParentFolderIds", folder_element(parent)) + "</m:FindFolder>";
}

std::string create_folder(const ews_folder& parent, std::string_view name) {
  return element(
      "m:CreateFolder",
      element("m:ParentFolderId", folder_element(parent)) +
          element("m:Folders", element("t:Folder", element("t:DisplayName", escaped(name)))));
}

std::string sync(const ews_folder& folder, std::string_view state, std::size_t max) {
  return element(
      "m:SyncFolderItems",
      "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
      "<t:FieldURI FieldURI=\"item:DateTimeReceived\"/><t:FieldURI FieldURI=\"item:Size\"/>"
      "</t:AdditionalProperties></m:ItemShape>" +
          element("m:SyncFolderId", folder_element(folder)) +
          (state.empty() ? std::string() : element("m:SyncState", escaped(state))) +
          element("m:MaxChangesReturned", std::to_string(max)));
}

std::string get_mails(std::span<const std::string> ids) {
  return element("m:GetItem",
                 "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>"
                 "<t:IncludeMimeContent>true</t:IncludeMimeContent></m:ItemShape>" +
                     element("m:ItemIds", item_elements(ids)));
}

std::string mark_seen(std::span<const std::string> ids) {
  // Nobody is told that we read: a receipt would answer mails that no person has looked at.
  std::string out =
      "<m:UpdateItem MessageDisposition=\"SaveOnly\" ConflictResolution=\"AlwaysOverwrite\" "
      "SuppressReadReceipts=\"true\"><m:ItemChanges>";
  for (const auto& id : ids)
    out.append("<t:ItemChange><t:ItemId Id=\"")
        .append(escaped(id))
        .append(
            "\"/><t:Updates><t:SetItemField><t:FieldURI FieldURI=\"message:IsRead\"/><t:Message>"
            "<t:IsRead>true</t:IsRead></t:Message></t:SetItemField></t:Updates></t:ItemChange>");
  return out + "</m:ItemChanges></m:UpdateItem>";
}

std::string move(std::span<const std::string> ids, const ews_folder& to) {
  return element("m:MoveItem", element("m:ToFolderId", folder_element(to)) +
                                   element("m:ItemIds", item_elements(ids)) +
                                   "<m:ReturnNewItemIds>false</m:ReturnNewItemIds>");
}

std::string remove(std::span<const std::string> ids) {
  return "<m:DeleteItem DeleteType=\"SoftDelete\" SendMeetingCancellations=\"SendToNone\" "
         "SuppressReadReceipts=\"true\">" +
         element("m:ItemIds", item_elements(ids)) + "</m:DeleteItem>";
}

std::string subscribe(const ews_folder& folder) {
  return element("m:Subscribe",
                 element("m:StreamingSubscriptionRequest",
                         element("t:FolderIds", folder_element(folder)) +
                             "<t:EventTypes><t:EventType>NewMailEvent</t:EventType><t:EventType>"
                             "CreatedEvent</t:EventType><t:EventType>MovedEvent</t:EventType>"
                             "</t:EventTypes>"));
}

std::string unsubscribe(std::string_view subscription) {
  return element("m:Unsubscribe", element("m:SubscriptionId", escaped(subscription)));
}

std::string stream(std::string_view subscription, unsigned minutes) {
  return element("m:GetStreamingEvents",
                 element("m:SubscriptionIds", element("t:SubscriptionId", escaped(subscription))) +
                     element("m:ConnectionTimeout", std::to_string(minutes)));
}

std::string envelope(std::string_view impersonated, std::string_view body) {
  std::string header = "<t:RequestServerVersion Version=\"Exchange2013\"/>";
  if (!impersonated.empty())
    header +=
        element("t:ExchangeImpersonation",
                element("t:ConnectingSID", element("t:PrimarySmtpAddress", escaped(impersonated))));
  std::string out =
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
      "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "
      "xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/messages\" "
      "xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\">";
  out.append("<s:Header>").append(header).append("</s:Header><s:Body>").append(body);
  return out.append("</s:Body></s:Envelope>");
}

std::string autodiscover(std::string_view address) {
  return "<?xml version=\"1.0\" encoding=\"utf-8\"?><Autodiscover "
         "xmlns=\"http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006\">"
         "<Request><EMailAddress>" +
         escaped(address) +
         "</EMailAddress><AcceptableResponseSchema>"
         "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
         "</AcceptableResponseSchema></Request></Autodiscover>";
}

}  // namespace postroom::channels::ews_text
