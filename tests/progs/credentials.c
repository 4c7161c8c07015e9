// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Credentials: plain users, set-id programs run by them and by root, file capabilities, login uids.
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/xattr.h>

#include "files.h"
#include "truth_fact.h"

enum { kUid = 12345, kGid = 23456 };  // with no name in /etc/passwd

static void become_user(uid_t uid, gid_t gid) {
  truth_check(setgroups(0, NULL) == 0 && setresgid(gid, gid, gid) == 0 && setresuid(uid, uid, uid) == 0,
              "become another user");
}

static void run(const char* path, const char* user, int rises) {
  truth_fact_string(truth_self.token, "exec.1", "user", user);
  truth_fact_bool(truth_self.token, "exec.1", "setuid", rises);
  truth_execv(path, NULL);
}

// cap_net_raw, permitted and effective, as setcap(8) writes it (struct vfs_cap_data, little endian).
static void give_capability(const char* path) {
  struct {
    uint32_t magic_etc;
    struct {
      uint32_t permitted, inheritable;
    } data[2];
  } caps = {VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE, {{1u << CAP_NET_RAW, 0}, {0, 0}}};
  truth_check(setxattr(path, "security.capability", &caps, sizeof(caps), 0) == 0, "security.capability");
}

static void login_uid(const char* leaf) {
  if (access("/proc/self/loginuid", F_OK)) return;  // a kernel without audit
  if (truth_fork() == 0) {
    truth_check(truth_write_file("/proc/self/loginuid", "12345") == 0, "/proc/self/loginuid");
    truth_fact_number(truth_self.token, "exec.1", "loginuid", kUid);
    truth_execv(leaf, NULL);
  }
}

int main(int argc, char** argv) {
  char leaf[4096];
  truth_begin(argc, argv);
  truth_beside(leaf, "leaf");
  files_copy("leaf", "plain", 0755);
  files_copy("leaf", "setuid", 04755);
  files_copy("leaf", "setgid", 02755);
  files_copy("leaf", "capable", 0755);
  give_capability("capable");
  files_copy("leaf", "capable_setgid", 02755);
  truth_check(chown("capable_setgid", 0, kGid) == 0 && chmod("capable_setgid", 02755) == 0, "capable_setgid");
  give_capability("capable_setgid");
  if (truth_fork() == 0) {
    become_user(kUid, kGid);
    run("./plain", "12345", 0);
  }
  if (truth_fork() == 0) {
    become_user(65534, 65534);
    run("./plain", "nobody", 0);
  }
  if (truth_fork() == 0) {
    become_user(kUid, kGid);
    truth_fact_number(truth_self.token, "exec.1", "euid", 0);
    run("./setuid", "12345", 1);
  }
  if (truth_fork() == 0) {
    become_user(kUid, kGid);
    truth_fact_number(truth_self.token, "exec.1", "egid", 0);
    run("./setgid", "12345", 1);
  }
  if (truth_fork() == 0) {
    become_user(kUid, kGid);
    truth_fact_hex(truth_self.token, "exec.1", "caps_effective", 1u << CAP_NET_RAW);
    run("./capable", "12345", 1);
  }
  if (truth_fork() == 0) {  // the bit gives nothing new, the capability does
    become_user(kUid, kGid);
    run("./capable_setgid", "12345", 1);
  }
  if (truth_fork() == 0) {  // forks as another user than it began as
    become_user(kUid, kGid);
    if (truth_fork() == 0) {
      truth_fact_string(truth_self.token, "exec.1", "ancestors.0.user", "12345");
      truth_fact_string(truth_self.token, "exec.1", "ancestors.0.image_user", "root");
      truth_fact_string(truth_self.token, "exec.1", "ancestors.1.user", "root");
      truth_fact_absent(truth_self.token, "exec.1", "ancestors.1.image_user");
      truth_execv(leaf, NULL);
    }
    truth_reap();
    truth_exit(0);
  }
  if (truth_fork() == 0) run("./setuid", "root", 0);
  if (truth_fork() == 0) run("./setgid", "root", 0);
  if (truth_fork() == 0) run("./plain", "root", 0);
  if (truth_fork() == 0) {  // no_new_privs: the bit is set but gives nothing
    become_user(kUid, kGid);
    truth_check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "PR_SET_NO_NEW_PRIVS");
    run("./setuid", "12345", 0);
  }
  login_uid(leaf);
  truth_reap();
  truth_exit(0);
}
