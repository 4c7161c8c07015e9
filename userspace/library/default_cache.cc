// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// DefaultCache: facts by pid behind a lock, kept by the same rule as the tree (tree/family.hpp).
#include <mutex>

#include "library/spin_lock.hpp"
#include "proctree/proctree.hpp"
#include "tree/family.hpp"
#include "tree/pid_index.hpp"

namespace proctree {

static_assert(CacheStore<DefaultCache> && CacheStore<const DefaultCache&>);

namespace detail {

class LockedCache {
 public:
  LockedCache(std::size_t capacity, std::chrono::seconds ttl)
      : capacity_(capacity), ttl_ds_(ttl.count() > 0 ? static_cast<std::uint64_t>(ttl.count()) * 10 : 0) {}

  std::optional<ProcInfo> get(std::uint32_t pid) {
    const std::lock_guard lock(lock_);
    const Slot slot = index_.find(pid);
    if (slot == kNoSlot || !entries_[slot].real || expired(slot)) return std::nullopt;
    return entries_[slot].info;
  }

  void insert(std::uint32_t pid, ProcInfo info) {
    const std::lock_guard lock(lock_);
    const Slot slot = find_or_add(pid);
    Entry& entry = entries_[slot];
    if (!entry.real) {
      entry.real = true;
      ++count_;
      entries_.revive(slot);
    }
    const std::uint32_t ppid = info.ppid == pid ? 0 : info.ppid;
    if (entry.creator == kNoSlot ? ppid != 0 : entries_[entry.creator].pid != ppid) set_parent(slot, ppid);
    entry.info = std::move(info);
    entries_.list(slot, now_ds());
    evict(slot);
  }

  std::size_t size() {
    const std::lock_guard lock(lock_);
    return count_;
  }

  bool contains(std::uint32_t pid) {
    const std::lock_guard lock(lock_);
    const Slot slot = index_.find(pid);
    return slot != kNoSlot && entries_[slot].real && !expired(slot);
  }

 private:
  // Not real: only named as a parent.
  struct Entry : FamilyLinks {
    std::uint32_t pid = 0;
    bool real = false;
    ProcInfo info;
  };

  Slot find_or_add(std::uint32_t pid) {
    Slot slot = index_.find(pid);
    if (slot != kNoSlot) return slot;
    slot = entries_.take();
    entries_[slot].pid = pid;
    entries_.mark_exited(slot);
    index_.set(pid, slot);
    return slot;
  }

  void set_parent(Slot slot, std::uint32_t ppid) {
    const Slot before = entries_[slot].creator;
    entries_.disown(slot);
    if (ppid != 0) {
      const Slot parent = find_or_add(ppid);
      // Facts that contradict each other pin nothing.
      entries_[slot].closes_cycle =
          entries_[slot].first_child != kNoSlot && entries_.descends_from(parent, slot);
      entries_.adopt(parent, slot);
    }
    drop_unreal(before);
  }

  void drop_unreal(Slot slot) {
    if (slot == kNoSlot || entries_[slot].real || entries_[slot].first_child != kNoSlot) return;
    index_.erase(entries_[slot].pid);
    entries_.remove(slot);
  }

  void remove(Slot slot) {
    const Slot parent = entries_[slot].creator;
    index_.erase(entries_[slot].pid);
    entries_.remove(slot);
    --count_;
    drop_unreal(parent);
  }

  void evict(Slot spared) {
    for (Slot oldest = entries_.oldest(); oldest != kNoSlot && oldest != spared; oldest = entries_.oldest()) {
      if (count_ <= capacity_ && !expired(oldest)) break;
      remove(oldest);
    }
  }

  [[nodiscard]] std::uint32_t now_ds() const {
    if (ttl_ds_ == 0) return 0;
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count() /
                                      100);
  }

  [[nodiscard]] bool expired(Slot slot) const {
    return ttl_ds_ != 0 && entries_[slot].pins == 0 && now_ds() - entries_[slot].age_ds > ttl_ds_;
  }

  const std::size_t capacity_;
  const std::uint64_t ttl_ds_;
  SpinLock lock_;
  PidIndex index_;
  Family<Entry> entries_;
  std::size_t count_ = 0;  // real ones
};

}  // namespace detail

DefaultCache::DefaultCache(std::size_t capacity, std::chrono::seconds ttl)
    : cache_(std::make_shared<detail::LockedCache>(capacity, ttl)) {}

std::optional<ProcInfo> DefaultCache::get_info(std::uint32_t pid) const { return cache_->get(pid); }

void DefaultCache::insert_info(std::uint32_t pid, ProcInfo info) const {
  cache_->insert(pid, std::move(info));
}

std::size_t DefaultCache::size() const { return cache_->size(); }

bool DefaultCache::contains(std::uint32_t pid) const { return cache_->contains(pid); }

}  // namespace proctree
