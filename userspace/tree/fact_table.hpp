// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Every member of the fact structs, once: its name in the JSON lines, its place in C's struct, and when it is
// reported. The JSON writer, the replay reader, timelines, the C interface and all code that copies facts use
// this table. A member that is missing in it does not compile.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "proctree/entry.hpp"
#include "proctree/facts.hpp"
#include "proctree/lineage.hpp"
#include "proctree/process_info.hpp"
#include "proctree/proctree.h"
#include "proctree/record.hpp"

namespace proctree {

// What lines hold side by side. The names of what is `by_hand` stand in the code that writes and reads it,
// since more than its value decides.
enum class Part : std::uint8_t {
  by_hand,
  marks,  // of a process, also where no more of it is known
  real_user,
  credentials,
  session,
  scope,
  scope_marks,
  args,  // beside the arguments themselves
  filename,
  names,
  file,  // of an executable that has an inode
  file_state,
  layer,  // of an overlay
  file_marks,
  image_marks,
  capabilities,  // in hex digits
  env,           // beside the variables themselves
  hashes,
  previous,
  leader,
  container,
  execveat,
  error,
  cause,
  usage,
  peak,
  totals,
  loss,
  shared,        // of a loss, under a name that other lines have too
  entry_image,   // of an entry: what its process was,
  entry_source,  // and what its type adds: before a terminal's server, and behind it
  entry_asked,
};

// `c` is the same member of C's struct, or nullptr. One that is not `always` reported is so where it is not
// `unset`.
template <std::size_t N, class FactsType, class ValueType, class InC>
struct Fact {
  using Facts = FactsType;
  using Value = ValueType;
  static constexpr bool kInC = !std::is_null_pointer_v<InC>;

  Part part;
  char name[N];
  Value Facts::*member;
  InC c;
  bool always;
  Value unset;

  [[nodiscard]] constexpr std::string_view text() const { return {name, N - 1}; }
  [[nodiscard]] constexpr bool is_reported(const Facts& facts) const {
    return always || facts.*member != unset;
  }
};

namespace fact_table {

template <std::size_t N, class Facts, class Value, class InC>
constexpr Fact<N, Facts, Value, InC> make(Part part, const char (&name)[N], Value Facts::*member, InC c,
                                          bool always, Value unset) {
  Fact<N, Facts, Value, InC> fact{part, {}, member, c, always, unset};
  std::copy_n(name, N, fact.name);
  return fact;
}

template <std::size_t N, class Facts, class Value, class InC = std::nullptr_t>
constexpr Fact<N, Facts, Value, InC> always(Part part, const char (&name)[N], Value Facts::*member,
                                            InC c = nullptr) {
  return make(part, name, member, c, true, Value{});
}
// An empty text, false and 0 are not reported, or whatever else stands for "unset".
template <std::size_t N, class Facts, class Value, class InC = std::nullptr_t>
constexpr Fact<N, Facts, Value, InC> fact(Part part, const char (&name)[N], Value Facts::*member,
                                          InC c = nullptr, std::type_identity_t<Value> unset = {}) {
  return make(part, name, member, c, false, unset);
}
template <class Facts, class Value, class InC = std::nullptr_t>
constexpr Fact<1, Facts, Value, InC> by_hand(Value Facts::*member, InC c = nullptr) {
  return always(Part::by_hand, "", member, c);
}

// Of each struct, in the order of the lines.
template <class Facts>
inline constexpr auto kOf = std::tuple<>();

using C = proctree_process;
template <>
inline constexpr auto kOf<TaskFacts> = std::tuple(
    by_hand(&TaskFacts::self, &C::key), by_hand(&TaskFacts::parent, &C::parent),
    by_hand(&TaskFacts::comm, &C::comm), by_hand(&TaskFacts::exec_seq, &C::exec_seq),
    fact(Part::marks, "kthread", &TaskFacts::kthread),
    always(Part::real_user, "uid", &TaskFacts::uid, &C::uid),
    always(Part::credentials, "gid", &TaskFacts::gid, &C::gid),
    always(Part::credentials, "euid", &TaskFacts::euid, &C::euid),
    always(Part::credentials, "egid", &TaskFacts::egid, &C::egid),
    fact(Part::credentials, "loginuid", &TaskFacts::loginuid, &C::loginuid, kUnsetId),
    fact(Part::credentials, "audit_session", &TaskFacts::audit_session, &C::audit_session, kUnsetId),
    always(Part::session, "sid", &TaskFacts::sid, &C::sid),
    always(Part::session, "pgid", &TaskFacts::pgid, &C::pgid),
    fact(Part::session, "tty", &TaskFacts::tty, &C::tty),  //
    by_hand(&TaskFacts::ns),                               //
    fact(Part::scope, "ns_pid", &TaskFacts::ns_pid, &C::ns_pid), by_hand(&TaskFacts::cgroup, &C::cgroup),
    fact(Part::scope_marks, "cgroup_truncated", &TaskFacts::cgroup_truncated, &C::cgroup_truncated),
    by_hand(&TaskFacts::dead), by_hand(&TaskFacts::exiting), by_hand(&TaskFacts::charged_uid),
    by_hand(&TaskFacts::charged_cgroup));

using I = proctree_image;
template <>
inline constexpr auto kOf<ImageFacts> =
    std::tuple(by_hand(&ImageFacts::exe), by_hand(&ImageFacts::args, &I::args),
               by_hand(&ImageFacts::args_known, &I::args_known), by_hand(&ImageFacts::argc, &I::argc),
               by_hand(&ImageFacts::args_size, &I::args_size),
               fact(Part::args, "args_unsure", &ImageFacts::args_unsure, &I::args_unsure),
               fact(Part::filename, "filename", &ImageFacts::filename, &I::filename),
               fact(Part::names, "filename_truncated", &ImageFacts::string_truncated, &I::filename_truncated),
               fact(Part::names, "interpreter", &ImageFacts::interpreter, &I::interpreter),
               fact(Part::names, "cwd", &ImageFacts::cwd, &I::cwd),
               fact(Part::names, "cwd_truncated", &ImageFacts::cwd_truncated, &I::cwd_truncated),
               fact(Part::names, "cwd_detached", &ImageFacts::cwd_detached, &I::cwd_detached),
               always(Part::file, "exe_inode", &ImageFacts::exe_inode, &I::exe_inode),
               always(Part::file, "exe_dev", &ImageFacts::exe_dev, &I::exe_dev),
               always(Part::file_state, "exe_deleted", &ImageFacts::exe_deleted, &I::exe_deleted),
               always(Part::file_state, "exe_memfd", &ImageFacts::exe_memfd, &I::exe_memfd),
               always(Part::layer, "exe_upper_layer", &ImageFacts::exe_upper_layer, &I::exe_upper_layer),
               fact(Part::file_marks, "exe_truncated", &ImageFacts::exe_truncated, &I::exe_truncated),
               fact(Part::file_marks, "exe_detached", &ImageFacts::exe_detached, &I::exe_detached),
               fact(Part::image_marks, "setuid", &ImageFacts::setuid, &I::setuid),
               by_hand(&ImageFacts::caps_known, &I::caps_known),
               always(Part::capabilities, "caps_effective", &ImageFacts::caps_effective, &I::caps_effective),
               always(Part::capabilities, "caps_permitted", &ImageFacts::caps_permitted, &I::caps_permitted),
               by_hand(&ImageFacts::env, &I::env),
               fact(Part::env, "env_truncated", &ImageFacts::env_truncated, &I::env_truncated),
               fact(Part::hashes, "exe_sha256", &ImageFacts::exe_sha256),
               fact(Part::hashes, "script_sha256", &ImageFacts::script_sha256));

using O = proctree_file;
template <>
inline constexpr auto kOf<StandardFile> = std::tuple(
    by_hand(&StandardFile::kind, &O::kind), by_hand(&StandardFile::path, &O::path),
    by_hand(&StandardFile::path_truncated, &O::path_truncated), by_hand(&StandardFile::inode, &O::inode),
    by_hand(&StandardFile::peer, &O::peer), by_hand(&StandardFile::peer_process, &O::peer_process));

template <>
inline constexpr auto kOf<PreviousImage> =
    std::tuple(always(Part::previous, "comm", &PreviousImage::comm, &I::previous_comm),
               fact(Part::previous, "exe", &PreviousImage::exe, &I::previous_exe));

using F = proctree_failed_exec;
template <>
inline constexpr auto kOf<FailedExec> = std::tuple(
    by_hand(&FailedExec::filename, &F::filename), by_hand(&FailedExec::filename_known, &F::filename_known),
    by_hand(&FailedExec::filename_truncated, &F::filename_truncated),
    by_hand(&FailedExec::by_execveat, &F::by_execveat), by_hand(&FailedExec::dirfd),
    always(Part::execveat, "at_flags", &FailedExec::at_flags, &F::at_flags),
    always(Part::error, "errno", &FailedExec::error, &F::error),
    fact(Part::cause, "fatal", &FailedExec::fatal, &F::fatal));

using X = proctree_exit;
template <>
inline constexpr auto kOf<ExitFacts> =
    std::tuple(by_hand(&ExitFacts::status, &X::status), by_hand(&ExitFacts::usage_known, &X::usage_known),
               always(Part::usage, "user_ns", &ExitFacts::user_ns, &X::user_ns),
               always(Part::usage, "system_ns", &ExitFacts::system_ns, &X::system_ns),
               by_hand(&ExitFacts::max_rss_known),
               always(Part::peak, "max_rss_kb", &ExitFacts::max_rss_kb, &X::max_rss_kb));

using L = proctree_lost;
template <>
inline constexpr auto kOf<Loss> = std::tuple(
    always(Part::loss, "count", &Loss::count, &L::count),
    always(Part::loss, "since_ns", &Loss::since_ns, &L::since_ns),
    always(Part::loss, "until_ns", &Loss::until_ns, &L::until_ns),
    fact(Part::shared, "failed_execs", &Loss::failed_execs, &L::failed_execs),
    fact(Part::loss, "bad_record", &Loss::bad_record, &L::bad_record),
    fact(Part::loss, "kind", &Loss::kind, &L::kind), fact(Part::shared, "pid", &Loss::pid, &L::pid),
    fact(Part::shared, "uid", &Loss::uid, &L::uid, kUnsetId),
    fact(Part::shared, "cgroup", &Loss::cgroup, &L::cgroup));

using R = proctree_resync;
template <>
inline constexpr auto kOf<Mending> =
    std::tuple(always(Part::totals, "added", &Mending::added, &R::added),
               always(Part::totals, "exited", &Mending::exited, &R::exited),
               always(Part::totals, "corrected", &Mending::corrected, &R::corrected),
               always(Part::totals, "took_ns", &Mending::took_ns, &R::took_ns));

using T = proctree_totals;
template <>
inline constexpr auto kOf<Totals> = std::tuple(always(Part::totals, "forks", &Totals::forks, &T::forks),
                                               always(Part::totals, "execs", &Totals::execs, &T::execs),
                                               always(Part::totals, "exits", &Totals::exits, &T::exits),
                                               always(Part::totals, "lost", &Totals::lost, &T::lost),
                                               always(Part::totals, "resyncs", &Totals::resyncs,
                                                      &T::resyncs));

using S = proctree_start;
template <>
inline constexpr auto kOf<TraceFacts> =
    std::tuple(by_hand(&TraceFacts::host, &S::host), by_hand(&TraceFacts::boot_id, &S::boot_id),
               by_hand(&TraceFacts::kernel, &S::kernel), by_hand(&TraceFacts::arch, &S::arch),
               by_hand(&TraceFacts::version, &S::version), by_hand(&TraceFacts::source, &S::source),
               by_hand(&TraceFacts::processes, &S::processes),
               by_hand(&TraceFacts::nested_pid_namespace, &S::nested_pid_namespace),
               by_hand(&TraceFacts::fair_kib, &S::fair_kib), by_hand(&TraceFacts::host_id, &S::host_id),
               by_hand(&TraceFacts::ring, &S::ring));

using W = proctree_leader;
template <>
inline constexpr auto kOf<Leader> = std::tuple(by_hand(&Leader::key, &W::key),
                                               fact(Part::leader, "comm", &Leader::comm, &W::comm),
                                               fact(Part::leader, "exe", &Leader::exe, &W::exe));

using B = proctree_container;
template <>
inline constexpr auto kOf<ContainerFacts> =
    std::tuple(fact(Part::container, "id", &ContainerFacts::id, &B::id),
               fact(Part::container, "runtime", &ContainerFacts::runtime, &B::runtime),
               fact(Part::container, "name", &ContainerFacts::name, &B::name),
               fact(Part::container, "image", &ContainerFacts::image, &B::image));

using A = proctree_ancestor;
template <>
inline constexpr auto kOf<Ancestor> = std::tuple(
    by_hand(&Ancestor::key, &A::key), by_hand(&Ancestor::known, &A::known), by_hand(&Ancestor::named),
    by_hand(&Ancestor::uid, &A::uid), by_hand(&Ancestor::comm, &A::comm), by_hand(&Ancestor::exe, &A::exe),
    by_hand(&Ancestor::user, &A::user), by_hand(&Ancestor::image_uid, &A::image_uid),
    by_hand(&Ancestor::image_user, &A::image_user), by_hand(&Ancestor::edge, &A::edge),
    by_hand(&Ancestor::exited, &A::exited), by_hand(&Ancestor::folded, &A::folded),
    by_hand(&Ancestor::forked_as, &A::forked_as_known),
    by_hand(&Ancestor::forked_as_comm, &A::forked_as_comm),
    by_hand(&Ancestor::forked_as_exe, &A::forked_as_exe), by_hand(&Ancestor::args, &A::args),
    by_hand(&Ancestor::args_known, &A::args_known), by_hand(&Ancestor::args_truncated, &A::args_truncated),
    by_hand(&Ancestor::title, &A::title), by_hand(&Ancestor::title_truncated, &A::title_truncated),
    by_hand(&Ancestor::tty, &A::tty), by_hand(&Ancestor::cwd, &A::cwd),
    by_hand(&Ancestor::container_id, &A::container_id),
    by_hand(&Ancestor::container_runtime, &A::container_runtime), by_hand(&Ancestor::gid, &A::gid),
    by_hand(&Ancestor::euid, &A::euid), by_hand(&Ancestor::egid, &A::egid),
    by_hand(&Ancestor::loginuid, &A::loginuid), by_hand(&Ancestor::audit_session, &A::audit_session),
    by_hand(&Ancestor::entry_known, &A::entry_known), by_hand(&Ancestor::entry, &A::entry_type),
    by_hand(&Ancestor::entry_process, &A::entry_process));

using P = proctree_info;
template <>
inline constexpr auto kOf<ProcessInfo> = std::tuple(
    by_hand(&ProcessInfo::key, &P::key), by_hand(&ProcessInfo::creator, &P::creator),
    by_hand(&ProcessInfo::creator_known, &P::creator_known), by_hand(&ProcessInfo::edge, &P::edge),
    by_hand(&ProcessInfo::exited, &P::exited), by_hand(&ProcessInfo::known, &P::known),
    by_hand(&ProcessInfo::uid, &P::uid), by_hand(&ProcessInfo::comm, &P::comm),
    by_hand(&ProcessInfo::exe, &P::exe), by_hand(&ProcessInfo::user, &P::user),
    by_hand(&ProcessInfo::exec_seq, &P::exec_seq), by_hand(&ProcessInfo::user_data, &P::user_data),
    by_hand(&ProcessInfo::cwd, &P::cwd), by_hand(&ProcessInfo::container_id, &P::container_id),
    by_hand(&ProcessInfo::container_runtime, &P::container_runtime), by_hand(&ProcessInfo::gid, &P::gid),
    by_hand(&ProcessInfo::euid, &P::euid), by_hand(&ProcessInfo::egid, &P::egid),
    by_hand(&ProcessInfo::loginuid, &P::loginuid), by_hand(&ProcessInfo::audit_session, &P::audit_session),
    by_hand(&ProcessInfo::entry_known, &P::entry_known), by_hand(&ProcessInfo::entry, &P::entry_type),
    by_hand(&ProcessInfo::entry_process, &P::entry_process), by_hand(&ProcessInfo::args, &P::args),
    by_hand(&ProcessInfo::args_size, &P::args_size), by_hand(&ProcessInfo::args_known, &P::args_known),
    by_hand(&ProcessInfo::args_truncated, &P::args_truncated), by_hand(&ProcessInfo::title, &P::title),
    by_hand(&ProcessInfo::title_truncated, &P::title_truncated), by_hand(&ProcessInfo::tty, &P::tty));

using E = proctree_entry;
template <>
inline constexpr auto kOf<EntryFacts> =
    std::tuple(by_hand(&EntryFacts::type, &E::type), by_hand(&EntryFacts::sure, &E::sure),
               by_hand(&EntryFacts::process, &E::process), by_hand(&EntryFacts::uid, &E::uid),
               fact(Part::entry_image, "comm", &EntryFacts::comm, &E::comm),
               fact(Part::entry_image, "exe", &EntryFacts::exe, &E::exe),
               by_hand(&EntryFacts::args, &E::args), by_hand(&EntryFacts::args_size, &E::args_size),
               by_hand(&EntryFacts::args_known, &E::args_known), by_hand(&EntryFacts::user, &E::user),
               fact(Part::entry_source, "source_ip", &EntryFacts::source_ip, &E::source_ip),
               fact(Part::entry_source, "source_port", &EntryFacts::source_port, &E::source_port),
               fact(Part::entry_source, "tty", &EntryFacts::tty, &E::tty),
               by_hand(&EntryFacts::server, &E::server), by_hand(&EntryFacts::server_comm, &E::server_comm),
               fact(Part::entry_asked, "job", &EntryFacts::job, &E::job),
               fact(Part::entry_asked, "unit", &EntryFacts::unit, &E::unit),
               fact(Part::entry_asked, "user_unit", &EntryFacts::user_unit, &E::user_unit),
               fact(Part::entry_asked, "asked_by_pid", &EntryFacts::asked_by_pid, &E::asked_by_pid),
               fact(Part::entry_asked, "bus_name", &EntryFacts::bus_name, &E::bus_name),
               fact(Part::entry_asked, "service", &EntryFacts::service, &E::service),
               by_hand(&EntryFacts::container_id, &E::container_id),
               by_hand(&EntryFacts::container_runtime, &E::container_runtime),
               by_hand(&EntryFacts::container_name, &E::container_name),
               by_hand(&EntryFacts::container_image, &E::container_image),
               fact(Part::entry_asked, "into", &EntryFacts::into, &E::into),
               fact(Part::entry_asked, "crashed_pid", &EntryFacts::crashed_pid, &E::crashed_pid));

// How many members an aggregate has: as many as it can be made of.
struct AnyValue {
  template <class Value>
  constexpr operator Value() const;  // NOLINT(google-explicit-constructor): in place of each
};
template <class Aggregate, class... Values>
consteval std::size_t member_count() {
  if constexpr (requires { Aggregate{Values{}..., AnyValue{}}; }) {
    return member_count<Aggregate, Values..., AnyValue>();
  } else {
    return sizeof...(Values);
  }
}

// What copies treat by for_each_view() alone.
template <class Value>
inline constexpr bool kIsValue =
    std::is_arithmetic_v<Value> || std::is_enum_v<Value> || std::same_as<Value, ProcKey> ||
    std::same_as<Value, decltype(TaskFacts::ns)> || std::same_as<Value, void*> ||
    std::same_as<Value, std::string_view>;

template <class A, class B>
constexpr bool is_same_member(const A& a, const B& b) {
  if constexpr (std::same_as<decltype(a.member), decltype(b.member)>) return a.member == b.member;
  return false;
}

// Each member of the struct is in its table, and once.
template <class Facts>
constexpr bool is_whole() {
  return std::apply(
      [](const auto&... facts) {
        const auto count = [&](const auto& fact) { return (is_same_member(fact, facts) + ...); };
        return sizeof...(facts) == member_count<Facts>() && ((count(facts) == 1) && ...) &&
               (kIsValue<typename std::remove_cvref_t<decltype(facts)>::Value> && ...);
      },
      kOf<Facts>);
}
static_assert(is_whole<TaskFacts>() && is_whole<ImageFacts>() && is_whole<PreviousImage>() &&
              is_whole<FailedExec>() && is_whole<ExitFacts>() && is_whole<Loss>() && is_whole<Mending>() &&
              is_whole<Totals>() && is_whole<TraceFacts>() && is_whole<Ancestor>() && is_whole<Leader>() &&
              is_whole<ContainerFacts>() && is_whole<EntryFacts>() && is_whole<ProcessInfo>() &&
              is_whole<StandardFile>());

template <class FactsType, std::size_t kIndex>
struct At {
  using Facts = FactsType;
  static constexpr const auto& kFact = std::get<kIndex>(kOf<Facts>);
  using Value = typename std::remove_cvref_t<decltype(kFact)>::Value;
  static constexpr bool kInC = std::remove_cvref_t<decltype(kFact)>::kInC;
};

}  // namespace fact_table

// Calls `visit` with one object for each fact, in the order of the lines; kFact of its type is the fact.
template <class Facts, class Visit>
constexpr void for_each_fact(Visit&& visit) {
  [&]<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
    (visit(fact_table::At<Facts, kIndex>{}), ...);
  }
  (std::make_index_sequence<std::tuple_size_v<decltype(fact_table::kOf<Facts>)>>{});
}

// Every text that the facts point to.
template <class Facts, class Visit>
void for_each_view(Facts& facts, Visit&& visit) {
  for_each_fact<Facts>([&]<class At>(At) {
    if constexpr (std::same_as<typename At::Value, std::string_view>) visit(facts.*At::kFact.member);
  });
}

}  // namespace proctree
