// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Both kinds of BPF programs load here, as themselves and against the types of kernels that lack something:
// what stands behind a check for it must then be dropped.
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "source/bpf/kernel_types.hpp"
#include "source/bpf/programs.hpp"

namespace proctree::live {
namespace {

constexpr const char* kRunning = "/sys/kernel/btf/vmlinux";

struct FreeBtf {
  void operator()(btf* types) const { btf__free(types); }
};

// The running kernel's types, of which some are called nothing: as a kernel without them has it.
class LesserTypes {
 public:
  LesserTypes() : types_(btf__parse_raw(kRunning)) {
    std::uint32_t size = 0;
    const auto* raw = static_cast<const char*>(btf__raw_data(types_.get(), &size));
    begin_ = raw;
    bytes_.assign(raw, raw + size);
  }
  ~LesserTypes() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  LesserTypes(const LesserTypes&) = delete;
  LesserTypes& operator=(const LesserTypes&) = delete;

  // A structure, or one member of it.
  void remove(const char* structure, std::string_view member = {}) {
    const int id = btf__find_by_name_kind(types_.get(), structure, BTF_KIND_STRUCT);
    if (id < 0) return;
    const btf_type* type = btf__type_by_id(types_.get(), static_cast<std::uint32_t>(id));
    if (member.empty()) return forget_name(&type->name_off);
    for (int i = 0; i < btf_vlen(type); ++i) {
      const btf_member* of = btf_members(type) + i;
      if (member == btf__name_by_offset(types_.get(), of->name_off)) forget_name(&of->name_off);
    }
  }

  const char* write() {
    path_ = "/tmp/proctree-lesser-types-XXXXXX";
    const int fd = ::mkstemp(path_.data());
    EXPECT_EQ(::write(fd, bytes_.data(), bytes_.size()), static_cast<ssize_t>(bytes_.size()));
    ::close(fd);
    return path_.c_str();
  }

 private:
  void forget_name(const std::uint32_t* offset) {
    std::memset(bytes_.data() + (reinterpret_cast<const char*>(offset) - begin_), 0, sizeof *offset);
  }

  std::unique_ptr<btf, FreeBtf> types_;
  const char* begin_ = nullptr;
  std::vector<char> bytes_;
  std::string path_;
};

thread_local std::string warnings;
int listen(libbpf_print_level level, const char* format, va_list args) {
  char line[1024];
  if (level == LIBBPF_WARN && std::vsnprintf(line, sizeof line, format, args) > 0) warnings += line;
  return 0;
}

// All that a trace of this kernel loads, in this kind.
testing::AssertionResult loads(const ProgramsKind& kind, const char* btf_path) {
  const auto types = read_kernel_types("");
  if (!types) return testing::AssertionFailure() << types.error().to_string();
  warnings.clear();
  libbpf_set_print(listen);
  proctree_bpf* programs = open_programs(kind, btf_path);
  if (programs == nullptr) return testing::AssertionFailure() << warnings;
  programs->rodata->preemptible = types->preemptible_tracepoints;
  const auto& all = programs->progs;
  bpf_program__set_autoload(types->exit_reports_group_dead ? all.proctree_exit_live : all.proctree_exit,
                            false);
  if (!types->exit_reports_group_dead) {
    bpf_program__set_autoload(all.proctree_exit_2, false);
    bpf_program__set_autoload(all.proctree_exit_3, false);
  }
  const int error = proctree_bpf__load(programs);
  proctree_bpf__destroy(programs);
  libbpf_set_print(nullptr);
  return error == 0 ? testing::AssertionSuccess() : testing::AssertionFailure() << error << ": " << warnings;
}

std::vector<ProgramsKind> kinds() {
  const auto types = read_kernel_types("");
  std::vector<ProgramsKind> kinds = {{false, false}, {false, true}};
  if (types && types->kfuncs) kinds.insert(kinds.end(), {{true, false}, {true, true}});
  return kinds;
}

TEST(LoadTest, EachKindAsItIs) {
  for (const ProgramsKind& kind : kinds())
    EXPECT_TRUE(loads(kind, kRunning)) << kind.kfuncs << kind.percpu_ring;
}

// CONFIG_CGROUPS=n
TEST(LoadTest, WithoutCgroups) {
  LesserTypes types;
  types.remove("task_struct", "cgroups");
  for (const char* name : {"css_set", "cgroup", "cgroup_subsys_state"}) types.remove(name);
  const char* path = types.write();
  for (const ProgramsKind& kind : kinds()) EXPECT_TRUE(loads(kind, path)) << kind.kfuncs << kind.percpu_ring;
}

// CONFIG_AUDIT=n
TEST(LoadTest, WithoutAudit) {
  LesserTypes types;
  types.remove("task_struct", "loginuid");
  types.remove("task_struct", "sessionid");
  const char* path = types.write();
  for (const ProgramsKind& kind : kinds()) EXPECT_TRUE(loads(kind, path)) << kind.kfuncs << kind.percpu_ring;
}

}  // namespace
}  // namespace proctree::live
