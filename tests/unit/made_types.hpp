// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A kernel's types (BTF), as far as a test makes them.
#pragma once

#include <bpf/btf.h>

#include <memory>
#include <string>

namespace proctree {

class MadeTypes {
 public:
  int structure(const char* name, const char* member, int type) {
    const int id = btf__add_struct(get(), name, 64);
    btf__add_field(get(), member, type, 0, 0);
    return id;
  }
  int typedefed(const char* name, int of) { return btf__add_typedef(get(), name, of); }
  [[nodiscard]] int number() const { return int_; }

  int raw_spinlock() { return structure("raw_spinlock", "raw_lock", int_); }
  // A spinlock_t without PREEMPT_RT: a union of a raw one.
  int spinlock() {
    const int raw = raw_spinlock();
    const int either = btf__add_union(get(), nullptr, 64);
    btf__add_field(get(), "rlock", raw, 0, 0);
    return typedefed("spinlock_t", structure("spinlock", "", either));
  }
  // And with it, a mutex of this name.
  int spinlock_on_rt(const char* mutex) {
    const int held = structure(mutex, "wait_lock", raw_spinlock());
    return typedefed("spinlock_t", structure("spinlock", "lock", held));
  }
  // struct bpf_ringbuf with a lock of this type, between other members.
  void ring(int lock) {
    btf__add_struct(get(), "bpf_ringbuf", 128);
    btf__add_field(get(), "mask", int_, 0, 0);
    btf__add_field(get(), "spinlock", lock, 64, 0);
    btf__add_field(get(), "consumer_pos", int_, 512, 0);
  }
  void function(const char* name) {
    const int prototype = btf__add_func_proto(get(), 0);
    btf__add_func(get(), name, BTF_FUNC_GLOBAL, prototype);
  }
  void variable(const char* name) { btf__add_var(get(), name, BTF_VAR_GLOBAL_ALLOCATED, int_); }
  // The handler of a tracepoint: that many parameters behind the program's own.
  void tracepoint(const char* handler, int parameters) {
    const int prototype = btf__add_func_proto(get(), 0);
    for (int i = 0; i <= parameters; ++i) btf__add_func_param(get(), "p", int_);
    typedefed(handler, btf__add_ptr(get(), prototype));
  }

  [[nodiscard]] btf* get() const { return types_.get(); }
  // As /sys/kernel/btf/vmlinux has them.
  [[nodiscard]] std::string bytes() const {
    __u32 size = 0;
    const auto* raw = static_cast<const char*>(btf__raw_data(get(), &size));
    return {raw, size};
  }

 private:
  struct Free {
    void operator()(btf* types) const { btf__free(types); }
  };
  std::unique_ptr<btf, Free> types_{btf__new_empty()};
  int int_ = btf__add_int(types_.get(), "int", 4, BTF_INT_SIGNED);
};

}  // namespace proctree
