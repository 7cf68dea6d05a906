#include "actors/stored_mail.hpp"

#include "storage/keys.hpp"

namespace postroom::actors {
namespace keys = storage::keys;

result<record::v1::Mail> read_mail_record(const storage::unit_store& store, mail_id id,
                                          const std::string& what) {
  auto bytes = store.get(keys::mail(id));
  if (!bytes) return bytes.error();
  if (!*bytes) return fail(ec::not_found, "there is no " + what);
  record::v1::Mail mail;
  if (!mail.ParseFromString(**bytes)) return fail(ec::corrupt_record, what + " does not parse");
  return mail;
}

result<std::shared_ptr<const std::string>> read_raw(const storage::unit_store& store,
                                                    const record::v1::Mail& mail,
                                                    const std::string& what) {
  auto raw = std::make_shared<std::string>();
  raw->reserve(mail.size());
  uint32_t chunks = 0;
  auto scanned =
      store.scan(keys::raw_of(mail_id{mail.id()}), [&](std::string_view, std::string_view chunk) {
        raw->append(chunk);
        return ++chunks <= mail.chunks();
      });
  if (!scanned) return scanned.error();
  if (raw->size() == mail.size() && chunks == mail.chunks())
    return std::shared_ptr<const std::string>{std::move(raw)};
  return fail(ec::corrupt_record, what + " has " + std::to_string(raw->size()) + " of " +
                                      std::to_string(mail.size()) + " bytes");
}

}  // namespace postroom::actors
