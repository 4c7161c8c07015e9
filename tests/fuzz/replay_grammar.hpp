// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Recordings by a grammar: what bytes at random never become. The fuzzer's input chooses: which type, which
// fields in which order, which of the values that are hard on a reader, how much is escaped and what is
// broken.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace proctree::fuzz {

class ReplayGrammar {
 public:
  explicit ReplayGrammar(std::string_view choices) : choices_(choices) {}

  std::string recording() {
    std::string text;
    while (!choices_.empty() && text.size() < kMost) {
      text_ = &text;
      last_ = text.size();
      lines();
    }
    return text;
  }

 private:
  static constexpr std::size_t kMost = 48 * 1024;

  // One of that many. Beyond the end of the input it is 0.
  std::size_t choose(std::size_t of) {
    if (choices_.empty()) return 0;
    const auto byte = static_cast<unsigned char>(choices_.front());
    choices_.remove_prefix(1);
    return byte % of;
  }
  template <std::size_t kSize>
  std::string_view one_of(const std::array<std::string_view, kSize>& values) {
    return values[choose(kSize)];
  }
  bool seldom() { return choose(16) == 15; }
  void put(std::string_view text) {
    if (text_->size() < 2 * kMost) *text_ += text;
  }

  void lines() {
    const std::size_t begin = text_->size();
    switch (choose(16)) {
      case 0:
        return put("\n");
      case 1:  // as it was before
        return put(std::string(*text_, previous_, last_ - previous_));
      case 2:
        line("start");
        break;
      default:
        line(one_of(std::to_array<std::string_view>({"exec", "fork", "exit", "process", "exec_failed", "lost",
                                                     "resync", "stop", "segment", "hash", "repeat",
                                                     "\\u0065xec", ""})));
    }
    if (seldom() && text_->size() > begin) text_->resize(begin + choose(text_->size() - begin));
    put("\n");
    previous_ = begin;
  }

  void line(std::string_view type) {
    put("{\"v\":1,\"type\":\"");
    put(type);
    put("\"");
    if (choose(3) != 0) field("stream", [&] { id(); });
    if (!seldom()) field("seq", [&] { small(); });
    if (!seldom())
      put(one_of(std::to_array<std::string_view>(
          {R"(,"time":"2026-03-01T09:30:11.5Z")", R"(,"time":"2026-03-01T09:30:12.5Z")",
           R"(,"time":"1970-01-01T00:00:00Z")", R"(,"time":"9999-12-31T23:59:60+14:00")"})));
    if (!seldom()) field("ktime_ns", [&] { number(); });
    if (type == "start" || seldom()) start();
    if (!seldom()) field("pid", [&] { small(); });
    for (std::size_t fields = choose(32); fields != 0; --fields) any_field();
    if (choose(2) == 0) lineage();
    put("}");
  }

  void start() {
    put(one_of(std::to_array<std::string_view>(
        {R"(,"host":{"name":"h","boot_id":"0f9c2d4e-8a31-4b57-9e60-1c2d3e4f5a6b","kernel":"6","arch":"x"})",
         R"(,"host":{"boot_id":"ffffffff-8a31-4b57-9e60-1c2d3e4f5a6b"})", R"(,"host":{"name_raw":"AA=="})",
         R"(,"host":{})"})));
    put(R"(,"tracer":{"version":"1","pid":9,"source":"bpf","events":["exec","exit"],"failed_execs":true})");
    field("processes", [&] { number(); });
  }

  template <class Value>
  void field(std::string_view name, Value value) {
    put(",\"");
    put(name);
    put("\":");
    if (seldom()) return nested(choose(80));
    value();
  }

  void any_field() {
    static constexpr auto kNumbers = std::to_array<std::string_view>({"start_ns",
                                                                      "ppid",
                                                                      "creator_pid",
                                                                      "creator_start_ns",
                                                                      "uid",
                                                                      "gid",
                                                                      "euid",
                                                                      "egid",
                                                                      "loginuid",
                                                                      "audit_session",
                                                                      "sid",
                                                                      "pgid",
                                                                      "ns_pid",
                                                                      "args_size",
                                                                      "exec_seq",
                                                                      "exe_inode",
                                                                      "exe_dev",
                                                                      "exit_code",
                                                                      "signal",
                                                                      "runtime_ns",
                                                                      "user_ns",
                                                                      "system_ns",
                                                                      "max_rss_kb",
                                                                      "count",
                                                                      "since_ns",
                                                                      "until_ns",
                                                                      "added",
                                                                      "exited",
                                                                      "corrected",
                                                                      "took_ns",
                                                                      "forks",
                                                                      "execs",
                                                                      "exits",
                                                                      "lost",
                                                                      "resyncs",
                                                                      "failed_execs",
                                                                      "errno",
                                                                      "dirfd",
                                                                      "at_flags",
                                                                      "fair_kib",
                                                                      "of",
                                                                      "failures",
                                                                      "seq_from",
                                                                      "seq_to",
                                                                      "seq",
                                                                      "pid",
                                                                      "v"});
    static constexpr auto kStrings =
        std::to_array<std::string_view>({"comm",        "exe",       "user",           "creator_comm",
                                         "tty",         "cgroup",    "container_id",   "filename",
                                         "interpreter", "cwd",       "caps_effective", "caps_permitted",
                                         "error",       "kind",      "resync",         "type",
                                         "image_user",  "id",        "where",          "ring",
                                         "unit",        "user_unit", "unknown"});
    static constexpr auto kTruths = std::to_array<std::string_view>({"kthread",
                                                                     "args_truncated",
                                                                     "filename_truncated",
                                                                     "cwd_truncated",
                                                                     "exe_truncated",
                                                                     "exe_deleted",
                                                                     "exe_memfd",
                                                                     "exe_upper_layer",
                                                                     "exe_detached",
                                                                     "cwd_detached",
                                                                     "cgroup_truncated",
                                                                     "args_unsure",
                                                                     "setuid",
                                                                     "core_dumped",
                                                                     "fatal",
                                                                     "inferred",
                                                                     "bad_record",
                                                                     "line_truncated",
                                                                     "ancestors_truncated",
                                                                     "chain_truncated",
                                                                     "lineage_complete"});
    switch (choose(12)) {
      case 11:
        put(",\"stdio\":[{\"fd\":0,\"kind\":\"socket\"");
        field(choose(2) == 0 ? "path" : "peer", [&] { string(); });
        if (choose(4) == 0) field("path_raw", [&] { base64(); });
        put("},{\"kind\":\"pipe\",\"peer\":{\"pid\":");
        small();
        field("start_ns", [&] { time(); });
        put("}}],\"env\":{\"A\":");
        string();
        if (choose(3) == 0) put(",\"A_truncated\":true");
        put(",\"B\":\"\"}");
        field(choose(2) == 0 ? "exe_sha256" : "script_sha256", [&] { string(); });
        return choose(3) == 0 ? put(",\"env_raw\":{\"B\":\"/w==\"},\"env_truncated\":true") : void();
      case 10:
        put(choose(2) == 0 ? ",\"session_leader\":{\"pid\":" : ",\"group_leader\":{\"pid\":");
        small();
        field("start_ns", [&] { time(); });
        field(choose(2) == 0 ? "comm" : "exe", [&] { string(); });
        if (choose(4) == 0) field("comm_raw", [&] { base64(); });
        put("},\"container\":{\"id\":");
        string();
        field(choose(2) == 0 ? "name" : "image", [&] { string(); });
        if (choose(4) == 0) field("name_raw", [&] { base64(); });
        return put("}");
      case 0:
      case 1:
      case 2:
        return field(one_of(kNumbers), [&] { number(); });
      case 3:
      case 4:
        return field(one_of(kStrings), [&] { string(); });
      case 5:
        return field(std::string(one_of(kStrings)) + "_raw", [&] { base64(); });
      case 6:
        return field(one_of(kTruths), [&] { put(choose(2) == 0 ? "true" : "false"); });
      case 7:
        field("args", [&] { strings(); });
        return choose(2) == 0 ? field("args_raw", [&] { base64(); }) : void();
      case 8:
        put(",\"previous\":{\"comm\":");
        string();
        field("exe_raw", [&] { base64(); });
        put("}");
        return field("creator_id", [&] { id(); });
      default:
        put(",\"ns\":{\"pid\":");
        number();
        field("cgroup", [&] { number(); });
        put("}");
        return field("creator_id", [&] { id(); });
    }
  }

  // Pids and start times from few, so that they meet.
  void lineage() {
    const std::size_t links = choose(2) == 0 ? choose(6) : choose(200);
    put(",\"chain\":\"");
    for (std::size_t i = 0; i < links; ++i) {
      put(i == 0 ? "" : ";");
      put(std::to_string(choose(12)));
      put(one_of(std::to_array<std::string_view>(
          {"|a|root", "|sshd|root", "|unknown|unknown", "|a\\\\x7cb|x", "|\\\\x|", "|\\\\x0", "||", "|a"})));
    }
    put("\",\"ancestors\":[");
    for (std::size_t i = 0; i < links; ++i) {
      put(i == 0 ? "{" : ",{");
      put("\"pid\":");
      small();
      field("start_ns", [&] { time(); });
      if (!seldom()) field("user", [&] { string(); });
      if (choose(3) == 0) field("comm", [&] { string(); });
      if (choose(4) == 0) field("comm_raw", [&] { base64(); });
      if (choose(4) == 0) field("user_raw", [&] { base64(); });
      if (choose(4) == 0) field("image_user_raw", [&] { base64(); });
      if (choose(8) == 0) field("exe_raw", [&] { base64(); });
      if (choose(3) == 0) field("exited", [&] { put("true"); });
      if (seldom()) field("folded", [&] { number(); });
      field("edge", [&] {
        put(one_of(std::to_array<std::string_view>({R"("observed")", R"("snapshot")", "1"})));
      });
      put("}");
    }
    put("]");
  }

  void small() { put(std::to_string(choose(12))); }
  void time() { put(std::to_string(choose(12) * 10'000'000 + choose(3))); }
  void id() {
    put("\"0f9c2d4e8a314b57-" + std::to_string(choose(12)) + "-" + std::to_string(choose(12)));
    put(seldom() ? "-\"" : "\"");
  }
  void number() {
    switch (choose(4)) {
      case 0:
        return small();
      case 1:
        return time();
      default:
        put(one_of(std::to_array<std::string_view>({"0",
                                                    "1",
                                                    "127",
                                                    "255",
                                                    "256",
                                                    "65535",
                                                    "2147483647",
                                                    "2147483648",
                                                    "4194304",
                                                    "4294967295",
                                                    "4294967296",
                                                    "9007199254740993",
                                                    "9223372036854775807",
                                                    "9223372036854775808",
                                                    "18446744073709551615",
                                                    "18446744073709551616",
                                                    "-1",
                                                    "-100",
                                                    "-2147483649",
                                                    "1.5",
                                                    "1e9",
                                                    "01"})));
    }
  }
  void string() {
    put("\"");
    characters(choose(8) == 0 ? choose(256) * 8 : choose(12));
    put("\"");
  }
  void strings() {
    put("[");
    for (std::size_t count = choose(6), i = 0; i < count; ++i) {
      put(i == 0 ? "" : ",");
      string();
    }
    put("]");
  }
  // Of one kind mostly, as somebody who wants to hit something would take.
  void characters(std::size_t count) {
    static constexpr auto kPieces =
        std::to_array<std::string_view>({"a",       "root",     "\\u0001",
                                         "\\/",     "\\\\",     "\\\"",
                                         "\\u00e9", "\\u20ac",  "\\ud83d\\ude00",
                                         "\\ufffd", "\xc3\xa9", "\xf0\x9f\x98\x80",
                                         "\x7f",    ";",        "|",
                                         "/",       "\\u0000",  "\\ud800",
                                         "\xff",    "\x01"});
    std::size_t piece = choose(kPieces.size());
    for (; count != 0; --count) {
      put(kPieces[piece]);
      if (choose(8) == 7) piece = choose(kPieces.size());
    }
  }
  void base64() {
    put("\"");
    const std::size_t groups = choose(8) == 0 ? choose(256) * 4 : choose(6);
    for (std::size_t i = 0; i < groups; ++i)
      put(one_of(
          std::to_array<std::string_view>({"AAAA", "/w+/", "\\/AAA", "AA\\u0041A", "\\u002f\\/\\/\\/"})));
    put(one_of(
        std::to_array<std::string_view>({"", "AA==", "AAA=", "\\/w\\u003d=", "A", "=AAA", "A===", "AA=A"})));
    put("\"");
  }
  void nested(std::size_t depth) {
    const bool object = choose(2) == 0;
    for (std::size_t i = 0; i < depth; ++i) put(object ? "{\"a\":" : "[");
    put(one_of(std::to_array<std::string_view>({"null", "1", "\"\"", "[]", "{}", "-"})));
    for (std::size_t i = 0; i < depth; ++i) put(object ? "}" : "]");
  }

  std::string_view choices_;
  std::string* text_ = nullptr;
  std::size_t last_ = 0;      // where the line being made begins
  std::size_t previous_ = 0;  // and the one before
};

}  // namespace proctree::fuzz
