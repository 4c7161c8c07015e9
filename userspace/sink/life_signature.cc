// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/life_signature.hpp"

namespace proctree {

namespace {

bool is_whole(const ImageFacts& image) {
  return image.args_known && !image.exe_truncated && image.args_size <= image.args.size();
}

}  // namespace

LifeSignature LifeSigner::sign(const ProcessRecord& record) {
  const TaskFacts& task = *record.task;
  if (!has_proc_facts(task) || task.cgroup_truncated) return {};
  SipHash hash(process_sip_key());
  if (const ImageFacts* image = record.image; image == nullptr) {
    // The creator's own image, so that its number in the creator says which.
    if (task.exec_seq == kUnknownSeq) return {};
    hash.update(std::uint64_t{0});
    hash.update(task.exec_seq);
  } else {
    if (!is_whole(*image) || image->args.size() + image->exe.size() > kArgumentsMax) return {};
    hash.update(std::uint64_t{1});
    hash.update(std::uint64_t{image->exe_inode});
    hash.update(std::uint64_t{image->exe_dev});
    hash.update(static_cast<std::uint64_t>(image->exe.size()) << 32 | image->args.size());
    hash.update(image->exe);
    hash.update(image->args);
  }
  hash.update(static_cast<std::uint64_t>(task.uid) << 32 | task.euid);
  hash.update(places_.of(task).container.id());
  return {hash.finish()};
}

LifeSignature LifeSigner::sign(const LifeSignature& program, const ProcKey& creator) {
  if (program.none() || creator.start_ns == 0) return {};
  SipHash hash(process_sip_key());
  for (const std::uint64_t part :
       {program.hash.low, program.hash.high, std::uint64_t{creator.pid}, creator.start_ns})
    hash.update(part);
  return {hash.finish()};
}

}  // namespace proctree
