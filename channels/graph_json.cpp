#include "channels/graph_json.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace postroom::channels {
namespace {

using json = nlohmann::json;

constexpr int max_depth = 32;
constexpr std::size_t max_id = 1'024;
constexpr std::size_t max_link = 32u << 10;
constexpr std::size_t max_code = 100;
constexpr std::size_t max_state = 128;  // what Graph allows a client state
constexpr std::size_t max_message = 400;

/// What is nested deeper than any answer of Graph is left out: it would cost memory only.
json read_object(std::string_view text) {
  const auto shallow = [](int depth, json::parse_event_t, json&) { return depth < max_depth; };
  auto out = json::parse(text.begin(), text.end(), shallow, false);
  return out.is_object() ? out : json(nullptr);
}

/// Texts that are not UTF-8 (file names of mails) do not throw.
std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

const json& member(const json& object, const char* name) {
  static const json none;
  if (!object.is_object()) return none;
  const auto found = object.find(name);
  return found == object.end() ? none : *found;
}

std::string text_of(const json& value, std::size_t limit) {
  const auto* text = value.get_ptr<const std::string*>();
  return text && text->size() <= limit ? *text : std::string{};
}

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number out{};
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (bad != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return out;
}

/// "2026-11-30T12:28:29Z", also with a fraction, which is left out.
std::optional<time_point> time_of(std::string_view text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
      text[16] != ':' || text.back() != 'Z')
    return std::nullopt;
  const auto part = [&](std::size_t at, std::size_t n) {
    return number_of<unsigned>(text.substr(at, n)).value_or(9'999);
  };
  using namespace std::chrono;
  const year_month_day date{year{static_cast<int>(part(0, 4))}, month{part(5, 2)}, day{part(8, 2)}};
  const auto h = part(11, 2), m = part(14, 2), s = part(17, 2);
  if (!date.ok() || h > 23 || m > 59 || s > 60) return std::nullopt;
  return time_point{sys_days{date}.time_since_epoch() + hours{h} + minutes{m} + seconds{s}};
}

/// The one property asked for, whatever its name was made to look like.
std::optional<uint64_t> size_of(const json& entry) {
  const auto& all = member(entry, "singleValueExtendedProperties");
  if (!all.is_array() || all.size() != 1) return std::nullopt;
  return number_of<uint64_t>(text_of(member(all[0], "value"), 20));
}

error not_understood(const char* what) {
  return fail(ec::protocol_violation, std::string("Graph: ") + what);
}

result<graph_folder> folder_of(const json& object) {
  graph_folder out;
  out.id = text_of(member(object, "id"), max_id);
  out.name = text_of(member(object, "displayName"), max_id);
  const auto& mails = member(object, "totalItemCount");
  if (mails.is_number_unsigned()) out.mails = mails.get<uint64_t>();
  if (out.id.empty()) return not_understood("a folder without an id");
  return out;
}

std::string safe_code(std::string text) {
  std::erase_if(text, [](char c) {
    return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '.' || c == '_');
  });
  return text;
}

std::string one_line(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < ' ' || c == 0x7f; }, ' ');
  return text;
}

}  // namespace

result<graph_page> read_graph_page(std::string_view text) {
  const auto page = read_object(text);
  const auto& entries = member(page, "value");
  if (!entries.is_array()) return not_understood("a listing without entries");
  graph_page out;
  out.next_link = text_of(member(page, "@odata.nextLink"), max_link);
  out.delta_link = text_of(member(page, "@odata.deltaLink"), max_link);
  if (out.next_link.empty() == out.delta_link.empty())
    return not_understood("a listing without a link to go on");
  out.entries.reserve(entries.size());
  for (const auto& entry : entries) {
    graph_entry one;
    one.id = text_of(member(entry, "id"), max_id);
    if (one.id.empty()) return not_understood("a listed mail without an id");
    one.received = time_of(text_of(member(entry, "receivedDateTime"), 40));
    one.size = size_of(entry);
    one.removed = member(entry, "@removed").is_object();
    out.entries.push_back(std::move(one));
  }
  return out;
}

result<graph_folder> read_graph_folder(std::string_view text) {
  return folder_of(read_object(text));
}

result<std::vector<graph_folder>> read_graph_folders(std::string_view text) {
  const auto page = read_object(text);
  const auto& entries = member(page, "value");
  if (!entries.is_array()) return not_understood("a list of folders without entries");
  std::vector<graph_folder> out;
  for (const auto& entry : entries) {
    auto folder = folder_of(entry);
    if (!folder) return folder.error();
    out.push_back(std::move(*folder));
  }
  return out;
}

result<std::vector<graph_part>> read_graph_batch(std::string_view text) {
  const auto batch = read_object(text);
  const auto& answers = member(batch, "responses");
  if (!answers.is_array()) return not_understood("a batch without answers");
  std::vector<graph_part> out;
  for (const auto& answer : answers) {
    graph_part part;
    const auto number = number_of<std::size_t>(text_of(member(answer, "id"), 20));
    const auto& status = member(answer, "status");
    if (!number || !status.is_number_integer()) return not_understood("an answer of a batch");
    part.number = *number;
    part.status = static_cast<int>(std::clamp<int64_t>(status.get<int64_t>(), 0, 999));
    part.code =
        safe_code(text_of(member(member(member(answer, "body"), "error"), "code"), max_code));
    const auto& headers = member(answer, "headers");
    for (const char* name : {"Retry-After", "retry-after"})
      if (part.retry_after.empty()) part.retry_after = text_of(member(headers, name), 100);
    out.push_back(std::move(part));
  }
  return out;
}

result<graph_made> read_graph_subscription(std::string_view text) {
  const auto made = read_object(text);
  graph_made out{text_of(member(made, "id"), max_id),
                 time_of(text_of(member(made, "expirationDateTime"), 40))};
  if (out.id.empty()) return not_understood("a subscription without an id");
  return out;
}

std::vector<graph_note> read_graph_notes(std::string_view text) {
  const auto notes = read_object(text);
  std::vector<graph_note> out;
  for (const auto& note : member(notes, "value")) {
    graph_note one{text_of(member(note, "clientState"), max_state),
                   text_of(member(note, "lifecycleEvent"), max_code)};
    if (!one.client_state.empty()) out.push_back(std::move(one));
  }
  return out;
}

graph_refusal read_graph_refusal(std::string_view text) {
  const auto whole = read_object(text);
  const auto& said = member(whole, "error");
  graph_refusal out;
  out.code = safe_code(text_of(member(said, "code"), max_code));
  if (const auto* message = member(said, "message").get_ptr<const std::string*>())
    out.message = one_line(message->substr(0, max_message));
  return out;
}

result<std::string> read_graph_text(std::string_view text, const char* name) {
  auto out = text_of(member(read_object(text), name), max_link);
  if (out.empty()) return not_understood("an answer lacks what was asked for");
  return out;
}

std::optional<bool> read_graph_flag(std::string_view text, const char* name) {
  const auto object = read_object(text);
  const auto* flag = member(object, name).get_ptr<const bool*>();
  return flag ? std::optional(*flag) : std::nullopt;
}

std::string write_graph_batch(const std::vector<graph_part_request>& parts) {
  auto requests = json::array();
  for (const auto& part : parts) {
    json one{{"id", std::to_string(requests.size())},
             {"method", part.method},
             {"url", part.target},
             {"headers", {{"Prefer", "IdType=\"ImmutableId\""}}}};
    if (!part.body.empty()) {
      one["headers"]["Content-Type"] = "application/json";
      one["body"] = json::parse(part.body, nullptr, false);
    }
    requests.push_back(std::move(one));
  }
  return dump({{"requests", std::move(requests)}});
}

std::string write_graph_text(const char* name, const std::string& text) {
  return dump({{name, text}});
}

std::string write_graph_attachment(const std::string& name, const std::string& type,
                                   const std::string& base64) {
  return dump({{"@odata.type", "#microsoft.graph.fileAttachment"},
               {"name", name},
               {"contentType", type},
               {"contentBytes", base64}});
}

std::string write_graph_subscription(const std::string& url, const std::string& resource,
                                     const std::string& client_state, time_point until) {
  return dump({{"changeType", "created"},
               {"notificationUrl", url},
               {"lifecycleNotificationUrl", url},
               {"resource", resource},
               {"expirationDateTime", render_time(until)},
               {"clientState", client_state}});
}

std::string write_graph_upload(const std::string& name, const std::string& type, uint64_t size) {
  const json item{
      {"attachmentType", "file"}, {"name", name}, {"contentType", type}, {"size", size}};
  return dump({{"AttachmentItem", item}});
}

}  // namespace postroom::channels
