// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Hostile names: of the thread (prctl), of the program's file, of the working directory, in argv[0].
#include <sys/prctl.h>

#include "files.h"
#include "observe.h"

static const char* const kNames[] = {
    "x|root;1|systemd|root",  // a forged chain
    "a;b",
    "a|b",  // the separators
    "two\nlines",
    "tab\tcr\r",           // line breaks
    "\x1b[31mred\x1b[0m",  // terminal escapes
    "\x1b]0;title\x07",    //
    "\xc2\x9b"
    "31mred",  // the one-byte escape (C1), as valid UTF-8
    "back\\slash",
    "\\x7c",
    "\\",  // the escape character itself
    "\xff\xfe\xfd",
    "half\xc3",  // invalid UTF-8
    "caf\xc3\xa9",
    "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",                                      // valid UTF-8
    "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",  // cut by the kernel inside
                                                                                 // of a character
    "\xe2\x80\xaegnp.exe",                                                       // right-to-left override
    "\"quote\"",
    "{\"v\":1}",
    "'",
    "`id`",
    "$(id)",
    "%s%n",
    " ",
    ") R 1 (",
    "\x7f",
    "\x01\x02",
    "unknown",
    "a-name-that-is-longer-than-fifteen-bytes",
};

// Names the process, then forks a child of that name, which executes a program of that file name.
static void hostile(const char* name) {
  char then[4200], leaf[4096];
  truth_beside(leaf, "leaf");
  truth_check(prctl(PR_SET_NAME, name, 0, 0, 0) == 0, "PR_SET_NAME");
  if (truth_fork() == 0) {
    observe_process("birth");
    // The name by prctl stands in the chain of this exec, the name by exec in the chain of the one after.
    snprintf(then, sizeof(then), "then=%s", leaf);
    truth_check(chdir("dir") == 0, "chdir");
    truth_execv(name, (char*[]){then, "exit=4", NULL});
  }
  truth_reap();
  truth_exit(0);
}

int main(int argc, char** argv) {
  truth_begin(argc, argv);
  for (size_t i = 0; i < sizeof(kNames) / sizeof(*kNames); i++) {
    const char* name = kNames[i];
    if (truth_fork() == 0) {
      truth_check(mkdir("names", 0755) == 0 || errno == EEXIST, "mkdir");
      truth_check(
          chdir("names") == 0 && mkdir(name, 0755) == 0 && chdir(name) == 0 && mkdir("dir", 0755) == 0,
          "mkdir of a hostile name");
      {
        char inside[512];
        snprintf(inside, sizeof(inside), "dir/%s", name);
        files_copy("leaf", inside, 0755);
      }
      hostile(name);
    }
    truth_reap();
  }
  truth_exit(0);
}
