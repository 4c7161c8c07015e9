// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// How the operations see a store of any type. A part of proctree.hpp: include that.
#pragma once

namespace proctree::detail {

class TreeAccess {
 public:
  virtual ~TreeAccess() = default;
  virtual std::optional<PidNode> get_node(std::uint32_t pid) = 0;
  virtual void insert_node(std::uint32_t pid, PidNode node) = 0;
  virtual std::vector<std::uint32_t> all_pids() = 0;
  virtual std::vector<std::uint32_t> living_pids() = 0;
  [[nodiscard]] virtual bool has_child_pids() const = 0;
  virtual std::vector<std::uint32_t> child_pids(std::uint32_t pid) = 0;  // empty, where it hasn't
  [[nodiscard]] virtual bool has_pids_of_cmd() const = 0;
  virtual std::vector<std::uint32_t> pids_of_cmd(std::string_view cmd) = 0;
  virtual void mark_exited(std::uint32_t pid) = 0;
  [[nodiscard]] virtual LockedTable* table() const = 0;      // DefaultTree's; else nullptr
  [[nodiscard]] virtual const TraceView* trace() const = 0;  // where it is one; else nullptr
};

template <class T>
class TreeAdapter final : public TreeAccess {
 public:
  explicit TreeAdapter(T& store) : store_(store) {}
  std::optional<PidNode> get_node(std::uint32_t pid) override { return store_.get_node(pid); }
  void insert_node(std::uint32_t pid, PidNode node) override { store_.insert_node(pid, std::move(node)); }
  std::vector<std::uint32_t> all_pids() override { return store_.all_pids(); }
  std::vector<std::uint32_t> living_pids() override {
    if constexpr (ListsLiving<T>)
      return store_.living_pids();
    else
      return store_.all_pids();
  }
  [[nodiscard]] bool has_child_pids() const override { return ChildIndexed<T>; }
  std::vector<std::uint32_t> child_pids([[maybe_unused]] std::uint32_t pid) override {
    if constexpr (ChildIndexed<T>)
      return store_.child_pids(pid);
    else
      return {};
  }
  [[nodiscard]] bool has_pids_of_cmd() const override { return CmdIndexed<T>; }
  std::vector<std::uint32_t> pids_of_cmd([[maybe_unused]] std::string_view cmd) override {
    if constexpr (CmdIndexed<T>)
      return store_.pids_of_cmd(cmd);
    else
      return {};
  }
  void mark_exited([[maybe_unused]] std::uint32_t pid) override {
    if constexpr (MarksExits<T>) store_.mark_exited(pid);
  }
  [[nodiscard]] LockedTable* table() const override {
    if constexpr (std::same_as<std::remove_const_t<T>, DefaultTree>)
      return &store_.table();
    else
      return nullptr;
  }
  [[nodiscard]] const TraceView* trace() const override {
    if constexpr (std::same_as<std::remove_const_t<T>, TraceView>)
      return &store_;
    else
      return nullptr;
  }

 private:
  T& store_;
};

class CacheAccess {
 public:
  virtual ~CacheAccess() = default;
  virtual std::optional<ProcInfo> get_info(std::uint32_t pid) = 0;
  virtual void insert_info(std::uint32_t pid, ProcInfo info) = 0;
  virtual void mark_exited(std::uint32_t pid) = 0;
  [[nodiscard]] virtual LockedCache* table() const = 0;  // DefaultCache's; else nullptr
};

template <class T>
class CacheAdapter final : public CacheAccess {
 public:
  explicit CacheAdapter(T& store) : store_(store) {}
  std::optional<ProcInfo> get_info(std::uint32_t pid) override { return store_.get_info(pid); }
  void insert_info(std::uint32_t pid, ProcInfo info) override { store_.insert_info(pid, std::move(info)); }
  void mark_exited([[maybe_unused]] std::uint32_t pid) override {
    if constexpr (MarksExits<T>) store_.mark_exited(pid);
  }
  [[nodiscard]] LockedCache* table() const override {
    if constexpr (std::same_as<std::remove_const_t<T>, DefaultCache>)
      return &store_.table();
    else
      return nullptr;
  }

 private:
  T& store_;
};

PROCTREE_EXPORT void snapshot(TreeAccess& tree, CacheAccess& cache, const std::string& proc_root);
PROCTREE_EXPORT std::optional<ProcInfo> resolve(CacheAccess& cache, std::uint32_t pid,
                                                const std::string& proc_root);
PROCTREE_EXPORT void handle_events(TreeAccess& tree, CacheAccess& cache, std::span<const ProcEvent> events,
                                   const std::string& proc_root);
PROCTREE_EXPORT std::vector<std::uint32_t> children(TreeAccess& tree, std::uint32_t pid);
PROCTREE_EXPORT std::vector<std::uint32_t> descendants(TreeAccess& tree, std::uint32_t pid);
PROCTREE_EXPORT std::vector<std::uint32_t> siblings(TreeAccess& tree, std::uint32_t pid);
PROCTREE_EXPORT std::vector<std::uint32_t> find_by_cmd(TreeAccess& tree, std::string_view cmd);
PROCTREE_EXPORT std::vector<std::uint32_t> find_by_user(TreeAccess& tree, CacheAccess& cache,
                                                        std::string_view user, const std::string& proc_root);
PROCTREE_EXPORT bool is_descendant(TreeAccess& tree, std::uint32_t pid, std::string_view cmd);
PROCTREE_EXPORT std::vector<ProcessLink> build_chain(TreeAccess& tree, CacheAccess& cache, std::uint32_t pid,
                                                     const std::string& proc_root);
PROCTREE_EXPORT void append_chain_string(std::string& out, TreeAccess& tree, CacheAccess& cache,
                                         std::uint32_t pid, const std::string& proc_root);
PROCTREE_EXPORT std::string display(TreeAccess& tree, std::uint32_t pid);

}  // namespace proctree::detail
