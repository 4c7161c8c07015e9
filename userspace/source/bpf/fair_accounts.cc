// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/bpf/fair_accounts.hpp"

#include <bpf/bpf.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "tree/event.hpp"

namespace proctree {

namespace {

constexpr std::uint64_t kFew = 1024;              // that many may stay indefinitely
constexpr std::uint64_t kIdleNs = 2'000'000'000;  // since it has paid: no cpu uses it any more

std::uint32_t kind_of(std::uint64_t key) { return static_cast<std::uint32_t>(key >> 60); }
std::uint64_t number_of(std::uint64_t key) { return key & ((std::uint64_t{1} << 60) - 1); }

}  // namespace

template <class Visit>
void FairAccounts::for_each(Visit visit) const {
  std::uint64_t key = 0;
  const std::uint64_t* before = nullptr;
  // The kernel only adds meanwhile; bounded all the same.
  for (std::uint32_t i = 0; i < 2 * kFairAccounts && bpf_map_get_next_key(map_, before, &key) == 0; ++i) {
    before = &key;
    pt_account account{};
    if (bpf_map_lookup_elem(map_, &key, &account) == 0) visit(key, account);
  }
}

Result<void> FairAccounts::report(std::uint64_t lost, std::uint64_t since_ns, const PathOf& path_of,
                                  const Source::EventHandler& handler) {
  Result<void> result;
  std::uint64_t latest_ns = since_ns;
  accounts_ = 0;
  for_each([&](std::uint64_t key, const pt_account& account) {
    ++accounts_;
    latest_ns = std::max<std::uint64_t>(latest_ns, account.lost_until_ns);
    if (result) result = report(key, account, since_ns, path_of, handler);
  });
  if (!result || lost <= reported_) return result;
  const std::uint64_t rest = lost - std::exchange(reported_, lost);
  return handler(LostEvent{rest, since_ns, latest_ns});
}

Result<void> FairAccounts::report(std::uint64_t key, const pt_account& account, std::uint64_t since_ns,
                                  const PathOf& path_of, const Source::EventHandler& handler) {
  if (account.lost == 0 && account.failed_lost == 0) return {};
  Reported& reported = reported_of_[key];
  const std::uint64_t events = account.lost - std::exchange(reported.events, account.lost);
  const std::uint64_t failed =
      account.failed_lost - std::exchange(reported.failed_execs, account.failed_lost);
  reported_ += events + failed;

  LostEvent lost;
  lost.since_ns = since_ns;
  lost.until_ns = std::max<std::uint64_t>(since_ns, account.lost_until_ns);
  if (kind_of(key) == PT_ACCOUNT_UID) lost.uid = static_cast<std::uint32_t>(number_of(key));
  if (kind_of(key) == PT_ACCOUNT_CGROUP) {
    const std::string_view path = path_of(number_of(key));
    lost.cgroup = path.empty() ? kUnknownCgroup : path;
  }
  if (events != 0) {
    lost.count = events;
    if (auto handled = handler(lost); !handled) return handled;
  }
  if (failed == 0) return {};
  lost.count = lost.failed_execs = failed;
  return handler(lost);
}

bool FairAccounts::is_idle(std::uint64_t key, const pt_account& account, std::uint64_t now_ns) const {
  if (key == PT_ACCOUNT_CROWD || account.due_ns + kIdleNs > now_ns) return false;
  const auto found = reported_of_.find(key);
  const Reported reported = found == reported_of_.end() ? Reported{} : found->second;
  return account.lost == reported.events && account.failed_lost == reported.failed_execs &&
         account.lost_until_ns + kIdleNs < now_ns;
}

void FairAccounts::remove_idle(std::uint64_t now_ns) {
  if (accounts_ <= kFew) return;
  std::vector<std::uint64_t> idle;
  for_each([&](std::uint64_t key, const pt_account& account) {
    if (is_idle(key, account, now_ns)) idle.push_back(key);
  });
  for (const std::uint64_t key : idle) {
    if (bpf_map_delete_elem(map_, &key) == 0) reported_of_.erase(key);
  }
}

}  // namespace proctree
