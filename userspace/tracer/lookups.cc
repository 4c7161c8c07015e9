// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a Tracer looks up between polls.
#include <algorithm>
#include <cstdint>

#include "tracer/tracer_impl.hpp"
#include "tree/lineage.hpp"
#include "tree/process_id.hpp"
#include "tree/queries.hpp"
#include "tree/table_forest.hpp"

namespace proctree {

namespace {

template <class Predicate>
bool any_ancestor(const ProcessTable& table, Slot slot, Predicate is_it) {
  while (slot != kNoSlot) {
    slot = table[slot].creator;
    if (slot != kNoSlot && is_it(slot)) return true;
  }
  return false;
}

}  // namespace

ProcessInfo Tracer::Impl::info(Slot slot) {
  const ProcessTable& table = this->table();
  const Node& node = table[slot];
  ProcessInfo info;
  info.key = table.key(slot);
  const auto creator = creator_of(table, slot);
  info.creator_known = creator.has_value();
  info.creator = creator.value_or(ProcKey{});
  info.edge = node.edge;
  info.exited = node.exited;
  info.known = node.image != kNoImage;
  if (!info.known) return info;
  const Image& image = table.image(node.image);
  info.uid = image.uid;
  info.comm = image.comm;
  info.exe = image.exe;
  info.user = users().name(image.uid);
  info.exec_seq = image.exec_seq;
  info.user_data = sink_.user_data().get(slot);
  set_optional_facts(info, slot);
  return info;
}

void Tracer::Impl::set_optional_facts(ProcessInfo& info, Slot slot) {
  const std::uint32_t keep = engine_.keep();
  if (keep == 0) return;
  const Invocation invocation = table().invocation(slot);
  set_retained(info, invocation.retained);
  if ((keep & kKeepTty) != 0) info.tty = invocation.tty;
  if ((keep & kKeepEntry) != 0) set_entry(info, entry(slot));
  if ((keep & kKeepArgs) == 0) return;
  info.args = invocation.args;
  info.args_size = invocation.args_size;
  info.args_known = invocation.args_known;
  info.args_truncated = invocation.args_truncated;
  info.title = invocation.title;
  info.title_truncated = invocation.title_truncated;
}

const EntryFacts* Tracer::Impl::entry(Slot slot) {
  entry::Entries* const entries = engine_.entries();
  if (entries == nullptr || slot == kNoSlot || table()[slot].image == kNoImage) return nullptr;
  return table()[slot].exited && (engine_.keep() & kKeepEntry) == 0 ? nullptr : entries->find(slot).facts;
}

Tracer::Impl* Tracer::opened() const { return impl_ && impl_->opened() ? impl_.get() : nullptr; }

std::optional<EntryFacts> Tracer::entry(const ProcKey& process) const {
  const Slot slot = opened() != nullptr ? impl_->slot(process) : kNoSlot;
  const EntryFacts* const found = slot == kNoSlot ? nullptr : impl_->entry(slot);
  if (found == nullptr) return std::nullopt;
  EntryFacts entry = *found;
  entry.sure = impl_->engine().entries()->find(slot).sure;
  if (entry.uid != kUnsetId) entry.user = impl_->users().name(entry.uid);
  return entry;
}

std::optional<ProcKey> Tracer::find(std::uint32_t pid) const {
  if (opened() == nullptr) return std::nullopt;
  return impl_->key(impl_->table().find(pid));
}

std::optional<ProcKey> Tracer::find(std::uint32_t pid, std::uint64_t start_ns) const {
  if (opened() == nullptr) return std::nullopt;
  return impl_->key(impl_->table().find_exact_or_at_tick({pid, start_ns}));
}

std::optional<ProcKey> Tracer::find(std::string_view id) const {
  if (opened() == nullptr) return std::nullopt;
  const auto key = parse_process_id(id, impl_->engine().host().id_prefix);
  return key ? find(key->pid, key->start_ns) : std::nullopt;
}

std::optional<ProcessInfo> Tracer::info(const ProcKey& process) const {
  if (opened() == nullptr) return std::nullopt;
  const Slot slot = impl_->slot(process);
  return slot == kNoSlot ? std::nullopt : std::optional(impl_->info(slot));
}

std::vector<ProcessInfo> Tracer::list(bool ended) const {
  std::vector<ProcessInfo> all;
  if (opened() == nullptr) return all;
  const ProcessTable& table = impl_->table();
  all.reserve(ended ? table.size() : table.live());
  for (Slot slot = 0; slot < table.slot_end(); ++slot) {
    if (table[slot].used && (ended || !table[slot].exited)) all.push_back(impl_->info(slot));
  }
  return all;
}

std::string Tracer::id(const ProcKey& process) const {
  std::string id;
  if (!impl_) return id;
  append_process_id(id, impl_->engine().host().id_prefix, process);
  return id;
}

std::string Tracer::chain(const ProcKey& process) const {
  std::string text;
  if (opened() == nullptr) return text;
  const Slot slot = impl_->slot(process);
  if (slot != kNoSlot) append_chain(text, TableLineage(impl_->table(), impl_->users(), slot));
  return text;
}

Lineage Tracer::lineage(const ProcKey& process, std::size_t ancestors_max) const {
  Lineage lineage;
  if (opened() == nullptr) return lineage;
  fill_lineage(lineage, impl_->table(), impl_->users(), impl_->slot(process), impl_->engine().loss_scope(),
               ancestors_max,
               (impl_->engine().keep() & kKeepEntry) != 0 ? impl_->engine().entries() : nullptr);
  return lineage;
}

std::vector<ProcKey> Tracer::children(const ProcKey& process, bool ended) const {
  if (opened() == nullptr) return {};
  const ProcessTable& table = impl_->table();
  std::vector<ProcKey> children;
  const Slot slot = impl_->slot(process);
  if (slot == kNoSlot) return children;
  for (Slot child = table.first_child(slot); child != kNoSlot; child = table.next_sibling(child)) {
    if (ended || !table[child].exited) children.push_back(table.key(child));
  }
  std::ranges::reverse(children);  // the table has the newest first
  return children;
}

std::vector<ProcKey> Tracer::descendants(const ProcKey& process, bool ended) const {
  std::vector<ProcKey> found;
  const Slot top = opened() != nullptr ? impl_->slot(process) : kNoSlot;
  if (top == kNoSlot) return found;
  const ProcessTable& table = impl_->table();
  const TableForest forest(table, {.scope = ended ? TableForest::Scope::all : TableForest::Scope::living});
  for (const Slot slot : proctree::descendants(forest, top)) {
    if (ended || !table[slot].exited) found.push_back(table.key(slot));
  }
  return found;
}

bool Tracer::descends_from(const ProcKey& process, const ProcKey& ancestor) const {
  if (opened() == nullptr) return false;
  const ProcessTable& table = impl_->table();
  return any_ancestor(table, impl_->slot(process), [&](Slot slot) { return table.key(slot) == ancestor; });
}

bool Tracer::descends_from(const ProcKey& process, std::string_view comm) const {
  if (opened() == nullptr) return false;
  const ProcessTable& table = impl_->table();
  return any_ancestor(table, impl_->slot(process),
                      [&](Slot slot) { return table.comm(slot) == as_comm(comm); });
}

TraceView Tracer::view() {
  if (opened() != nullptr) return {impl_->engine().table(), impl_->users()};
  thread_local ProcessTable none;
  thread_local UserNames users;
  return {none, users};
}

}  // namespace proctree
