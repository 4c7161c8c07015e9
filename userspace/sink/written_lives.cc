// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/written_lives.hpp"

#include <algorithm>
#include <utility>

namespace proctree {

using State = WrittenLife::State;

void WrittenLives::grow() {
  std::vector<WrittenLife> old =
      std::exchange(ring_, std::vector<WrittenLife>(std::max<std::size_t>(64, ring_.size() * 2)));
  for (Id id = first_; id != next_; ++id) slot(id) = old[id & (old.size() - 1)];
}

WrittenLives::Id WrittenLives::push(const WrittenLife& life) {
  if (std::size_t{next_ - first_} >= kLivesMax) return kNone;
  if (next_ - first_ == ring_.size()) grow();
  if (next_ == kNone) {  // no life's number
    slot(next_++).state = State::gone;
    return push(life);
  }
  slot(next_) = life;
  return next_++;
}

WrittenLives::Id WrittenLives::add_running(const WrittenLife& life) {
  const Id id = push(life);
  if (id != kNone) running_.add(hash_of(life.process), id);
  return id;
}

void WrittenLives::add_ended(const WrittenLife& life, std::uint64_t now_ns) {
  if (const Id id = add_running(life); id != kNone) end_running(id, now_ns);
}

WrittenLives::Id WrittenLives::find_running(const ProcKey& process) const {
  return running_.find(hash_of(process), [&](Id id) { return (*this)[id].process == process; });
}

void WrittenLives::end_running(Id id, std::uint64_t now_ns) {
  WrittenLife& life = slot(id);
  running_.erase(hash_of(life.process), id);
  life.state = State::gone;
  if (life.signature.none() || life.seq == 0 || now_ns >= life.born_ns + kWindowNs) return;
  const Alike others = alike(life.signature);
  if (others.size == others.ids.size() || (others.size != 0 && !life.has_children)) return;
  life.state = State::original;
  originals_.add(key(life.signature), id);
  Id creator = creators_.find(life.creator);
  if (creator == creators_.kNone) creator = creators_.add(life.creator);
  ++creators_[creator];
}

WrittenLives::Alike WrittenLives::alike(const LifeSignature& signature) const {
  Alike found;
  static_cast<void>(originals_.find(key(signature), [&](Id id) {
    if ((*this)[id].signature != signature || found.size == found.ids.size()) return false;
    std::size_t at = found.size++;
    for (; at > 0 && found.ids[at - 1] - first_ > id - first_; --at) found.ids[at] = found.ids[at - 1];
    found.ids[at] = id;
    return false;
  }));
  return found;
}

WrittenLives::Alike WrittenLives::originals(const LifeSignature& signature, std::uint64_t born_ns) const {
  if (signature.none()) return {};
  Alike all = alike(signature);
  Alike open;
  for (const Id id : all) {
    if (born_ns <= (*this)[id].born_ns + kWindowNs) open.ids[open.size++] = id;
  }
  return open;
}

WrittenLives::Id WrittenLives::find_original(const LifeSignature& signature, std::uint64_t born_ns,
                                             bool with_children) const {
  for (const Id id : originals(signature, born_ns)) {
    if (!with_children || is_creator((*this)[id].process)) return id;
  }
  return kNone;
}

void WrittenLives::remove_original(Id id) {
  WrittenLife& life = slot(id);
  originals_.erase(key(life.signature), id);
  life.state = State::gone;
  const Id creator = creators_.find(life.creator);
  if (--creators_[creator] == 0) creators_.erase(creator);
}

void WrittenLives::forget_old(std::uint64_t now_ns) {
  for (; first_ != next_; ++first_) {
    WrittenLife& life = slot(first_);
    if (life.state == State::gone) continue;
    if (life.born_ns + kWindowNs > now_ns || life.in_use) return;
    if (life.state == State::original) {
      remove_original(first_);
    } else {
      running_.erase(hash_of(life.process), first_);
    }
  }
}

void WrittenLives::forget_written() {
  for (Id id = first_; id != next_; ++id) {
    WrittenLife& life = slot(id);
    if (life.state == State::original) remove_original(id);
    if (life.state == State::running) life.seq = 0;  // until it executes again
  }
}

}  // namespace proctree
