// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "ship/nats_stored.hpp"

#include "base/try.hpp"

namespace proctree {

namespace {

constexpr int kAttempts = 10;

struct FreeEntry {
  void operator()(kvEntry* entry) const { kvEntry_Destroy(entry); }
};
using Entry = std::unique_ptr<kvEntry, FreeEntry>;

StoredRanges ranges_of(const Entry& entry) {
  const auto parsed = StoredRanges::parse({static_cast<const char*>(kvEntry_Value(entry.get())),
                                           static_cast<std::size_t>(kvEntry_ValueLen(entry.get()))});
  return parsed.value_or(StoredRanges());
}

}  // namespace

Result<std::unique_ptr<NatsStored>> NatsStored::open(jsCtx* context, bool make) {
  kvStore* store = nullptr;
  natsStatus status = js_KeyValue(&store, context, kStoredBucket);
  if (status == NATS_NOT_FOUND && !make) return nullptr;
  if (status == NATS_NOT_FOUND) {
    kvConfig config;
    kvConfig_Init(&config);
    config.Bucket = kStoredBucket;
    config.Description = "what proctree's collectors have stored, a key a stream";
    config.History = 1;
    status = js_CreateKeyValue(&store, context, &config);
    if (status != NATS_OK) status = js_KeyValue(&store, context, kStoredBucket);  // another has made it
  }
  if (status != NATS_OK) return nats_failure(std::string("cannot use the bucket ") + kStoredBucket, status);
  return std::unique_ptr<NatsStored>(new NatsStored(store));
}

NatsStored::~NatsStored() { kvStore_Destroy(store_); }

Result<StoredRanges> NatsStored::read(const std::string& stream) const {
  kvEntry* raw = nullptr;
  const natsStatus status = kvStore_Get(&raw, store_, stream.c_str());
  if (status == NATS_NOT_FOUND) return StoredRanges();
  if (status != NATS_OK) return nats_failure("cannot read what is stored of " + stream, status);
  return ranges_of(Entry(raw));
}

Result<void> NatsStored::add(const std::string& stream, const StoredRanges& stored) const {
  natsStatus status = NATS_OK;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    kvEntry* raw = nullptr;
    status = kvStore_Get(&raw, store_, stream.c_str());
    if (status != NATS_OK && status != NATS_NOT_FOUND) break;
    const bool is_new = status == NATS_NOT_FOUND;
    const Entry entry(is_new ? nullptr : raw);
    StoredRanges all = stored;
    if (!is_new) all.add(ranges_of(entry));
    const std::string value = all.json();
    status = is_new ? kvStore_CreateString(nullptr, store_, stream.c_str(), value.c_str())
                    : kvStore_UpdateString(nullptr, store_, stream.c_str(), value.c_str(),
                                           kvEntry_Revision(entry.get()));
    if (status == NATS_OK) return {};
  }
  return nats_failure("cannot write what is stored of " + stream, status);
}

}  // namespace proctree
