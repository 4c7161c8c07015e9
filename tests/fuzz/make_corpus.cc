// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Writes the seeds of the fuzz targets: make_corpus tests/fuzz/corpus. Run it again when a format changes.
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "proctree_event.h"
#include "source/netlink/messages.hpp"

namespace {

using namespace std::string_view_literals;

std::filesystem::path folder;

void seed(const char* target, const char* name, std::string_view bytes) {
  std::filesystem::create_directories(folder / target);
  std::ofstream(folder / target / name, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

// A record of the ring: zeroed, with its header, and the strings behind it.
template <class Record, class Fill>
std::string record(std::uint16_t kind, std::string_view strings, Fill fill) {
  Record made;
  std::memset(&made, 0, sizeof made);
  fill(made);
  made.header.kind = kind;
  made.header.size = static_cast<std::uint32_t>(sizeof made + strings.size());
  std::string bytes(reinterpret_cast<const char*>(&made), sizeof made);
  bytes += strings;
  bytes.resize((bytes.size() + 7) & ~std::size_t{7});
  return bytes;
}

std::string task(std::uint16_t kind) {
  return record<pt_exec>(kind, "sh\0bin\0tmp\0g\0./s/bin/shsh\0-c\0"sv, [](pt_exec& exec) {
    exec.task.pid = 7;
    exec.task.start_ns = 70;
    exec.task.cgroup_nr = 3;
    std::memcpy(exec.task.comm, "sh", 2);
    std::memcpy(exec.task.tty, "pts0", 4);
    exec.image.text_len[PT_TEXT_EXE] = 7;
    exec.image.text_len[PT_TEXT_CWD] = 4;
    exec.image.text_len[PT_TEXT_CGROUP] = 2;
    exec.image.text_len[PT_TEXT_FILENAME] = 3;
    exec.image.text_len[PT_TEXT_INTERPRETER] = 7;
    exec.image.args_len = 6;
    exec.image.args_size = 6;
  });
}

void ring_seeds() {
  const std::string cgroup = record<pt_cgroup>(PT_CGROUP, {}, [](pt_cgroup& group) {
    group.nr = 3;
    group.len[0] = 4;
    std::memcpy(group.path, "a\0b", 4);
  });
  const std::string fork = record<pt_fork>(PT_FORK, {}, [](pt_fork& made) {
    made.child.pid = 7;
    made.child.cgroup_nr = 3;
  });
  const std::string exit = record<pt_exit>(PT_EXIT, {}, [](pt_exit& made) {
    made.task.pid = 7;
    made.total_ns = 9;
  });
  seed("decode", "fork", fork);
  seed("decode", "exec", task(PT_EXEC));
  seed("decode", "exit", exit);
  seed("decode", "failed_exec", record<pt_failed_exec>(PT_FAILED_EXEC, "/x"sv, [](pt_failed_exec& made) {
         made.task.pid = 7;
         made.error = 2;
         made.filename_len = 2;
       }));
  seed("decode", "life", cgroup + fork + task(PT_EXEC) + exit);
  seed("decode", "tasks", task(PT_TASK) + task(PT_TASK));
  // Lives of records that make sense, and changes of these: what records_fuzz reads.
  seed("records", "life", "\x04\x01\x02\x03\x05"sv);
  seed("records", "changed",
       "\x06\x01\x02\x03\x04\x05\x06\x03\x10\x00\xff\x80\x20\x00\x07\x41\x60\x01\x00\x00"sv);
}

void netlink_seeds() {
  using namespace proctree::connector;
  std::string bytes(kEnd, '\0');
  const auto put = [&bytes](std::size_t offset, auto value) {
    std::memcpy(bytes.data() + offset, &value, sizeof value);
  };
  const auto request = make_request(kListen, 5);
  std::memcpy(bytes.data(), request.data(), kEvent);
  put(0, static_cast<std::uint32_t>(kEnd));
  put(kLength, static_cast<std::uint16_t>(kEnd - kEvent));
  for (const auto& [name, what] :
       {std::pair("ack", kEventAck), {"fork", kEventFork}, {"exec", kEventExec}, {"exit", kEventExit}}) {
    put(kEvent, what);
    seed("netlink", name, bytes);
  }
}

void procfs_seeds() {
  seed("procfs", "stat",
       "\0"
       "42 (a) R 1) S 1 42 42 34816 42 4194560 1 2 3 4 5 6 7 8 20 0 1 0 777 1 1 1 1 1 1 1 0 0 0 0 0 0 0 17 "
       "1 0 0 0 0 0 1 1 1 100 120 1 1 0\n"sv);
  seed("procfs", "status",
       "\1"
       "Name:\tsh\nTgid:\t42\nPid:\t42\nUid:\t0\t1\t0\t0\nGid:\t0\t1\t0\t0\nNSpid:\t42\t1\n"
       "CapPrm:\t000001ffffffffff\nCapEff:\t0000000000000001\n"sv);
  const std::string id(64, 'a');
  seed("procfs", "cgroup",
       "\2"
       "3:memory,cpu:/docker/" +
           id + "\n0::/system.slice/docker-" + id + ".scope\n");
  seed("procfs", "namespace", "\3pid:[4026531836]"sv);
  seed("procfs", "timens", "\4monotonic 0 0\nboottime -5 999999999\n"sv);
  seed("procfs", "passwd", "\5root:x:0:0:root:/root:/bin/sh\n+nis\n#x:y:1:\nme:x:1000:1:::\n"sv);
  seed("procfs", "container", "\6/kubepods/burstable/pod1/cri-containerd-" + id + ".scope");
}

void text_seeds() {
  seed("chain", "plain", "\4bash\4root\4sshd\4root"sv);
  seed("chain", "forged", "\7a|b;c\\d\3\x1b[m\6\xff\xc3\xa9\xe2\x80\xae\0"sv);
  seed("json", "plain", "sh\0-c\0echo"sv);
  seed("json", "hostile", "\"\\\x7f\x1b\n\0\xff\xc3\0\xc3\xa9\xf0\x9f\x98\x80\xe2\x80\xae\xf3\xa0\x80\x81"sv);
}

void replay_seeds() {
  const auto line = [](std::string_view type, int seq, std::string_view fields) {
    return "{\"v\":1,\"type\":\"" + std::string(type) + "\",\"seq\":" + std::to_string(seq) +
           ",\"time\":\"2026-03-01T09:30:00.001234567Z\",\"ktime_ns\":36000000000" + std::to_string(seq) +
           "," + std::string(fields) + "}\n";
  };
  const std::string start = line(
      "start", 1,
      R"("host":{"name":"h","boot_id":"0f9c2d4e-8a31","kernel":"6","arch":"x"},"tracer":{"version":"1","pid":7,"source":"bpf","args_max":9,"ring_bytes":8,"ancestors_max":64,"events":["exec","fork","exit"]},"processes":2)");
  const std::string init = line(
      "process", 2,
      R"("pid":1,"start_ns":10000000,"id":"b-1-1","ppid":0,"creator_pid":0,"comm":"init","exe":"/init","uid":0,"user":"root","gid":0,"euid":0,"egid":0,"sid":1,"pgid":1,"ns":{"pid":5,"mnt":6},"ns_pid":1,"cgroup":"/","args":["a","\u0041\ud83d\ude00"],"args_size":4,"args_truncated":true,"chain":"1|init|root","ancestors":[],"lineage_complete":true)");
  const std::string fork = line(
      "fork", 3,
      R"("pid":7,"start_ns":20000001,"id":"b-7-2","ppid":1,"creator_pid":1,"creator_id":"b-1-1","comm":"init","uid":1,"user":"me","gid":1,"euid":1,"egid":1,"sid":1,"pgid":1)");
  const std::string exec = line(
      "exec", 4,
      R"("pid":7,"start_ns":20000001,"id":"b-7-2","ppid":1,"creator_pid":1,"creator_id":"b-1-1","comm":"x","comm_raw":"/w==","uid":1,"user":"me","args":["x"],"args_raw":"/w==","args_size":2,"exec_seq":3,"filename":"x","exe_inode":3,"exe_deleted":false,"setuid":true,"caps_effective":"00ff","previous":{"comm":"init"},"chain":"7|\\xff|me;1|init|root;0|unknown|unknown","ancestors":[{"pid":1,"start_ns":10000000,"id":"b-1-1","comm":"init","exe":"/init","user":"root","edge":"snapshot","exited":true,"folded":9,"forked_as":{"comm":"y"}}],"ancestors_truncated":true,"lineage_complete":false)");
  const std::string exit = line(
      "exit", 5, R"("pid":7,"start_ns":20000001,"creator_pid":1,"signal":11,"core_dumped":true,"user_ns":3)");
  const std::string failed = line(
      "exec_failed", 5,
      R"("pid":7,"start_ns":20000001,"creator_pid":1,"comm":"x","exec_seq":3,"filename":"y","filename_raw":"/w==","dirfd":-100,"at_flags":4096,"errno":2,"error":"ENOENT","fatal":true,"chain":"7|x|me","ancestors":[],"lineage_complete":false)");
  const std::string bare = line("exit", 6, R"("pid":9,"ppid":7,"exit_code":1)");
  const std::string lost = line("lost", 7, R"("count":5,"since_ns":1,"until_ns":2)");
  const std::string resync = line("resync", 8, R"("added":1,"exited":2,"corrected":3,"took_ns":4)");
  const std::string stop =
      line("stop", 9, R"("forks":1,"execs":1,"exits":2,"lost":5,"resyncs":1,"counters":{"x":1})");
  seed("replay", "all", start + init + fork + exec + exit + bare + lost + resync + stop);
  seed("replay", "again", fork + exec + "{\"v\":1,\"ty\n" + start + exec + "{\"v\":1,\"type\":\"ex");
  seed("replay", "failed", start + fork + failed + line("lost", 6, R"("count":1,"failed_execs":1)"));
  seed("replay", "newer",
       line("shiny", 1, R"("a":[1.5e3,-2,null,{"b":[]}])") + line("stop", 3, R"("new":true)"));
  seed("replay", "version", "{\"v\":2,\"type\":\"exec\"}\n");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  folder = argv[1];
  ring_seeds();
  netlink_seeds();
  procfs_seeds();
  text_seeds();
  replay_seeds();
  return 0;
}
