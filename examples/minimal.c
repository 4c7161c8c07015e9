/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Prints who executed what, and who started that, until it is stopped: as root. */
#include <proctree/proctree.h>
#include <stdio.h>

static void on_record(const struct proctree_record* record, void* user) {
  (void)user;
  if (record->kind == PROCTREE_EXEC) {
    printf("%.*s: %s\n", (int)record->process->exe.size, record->process->exe.data,
           proctree_record_chain(record));
    fflush(stdout);
  } else if (record->kind == PROCTREE_LOST) {
    printf("%llu events were lost here\n", (unsigned long long)record->lost->count);
  }
}

int main(void) {
  struct proctree_options options;
  proctree_options_init(&options, sizeof options);
  options.records = PROCTREE_EXECS;
  struct proctree_tracer* tracer = proctree_new(&options);
  int result = tracer == NULL ? -1 : proctree_open(tracer);
  while (result >= 0) result = proctree_poll(tracer, -1, on_record, NULL);
  fprintf(stderr, "minimal: %s\n", tracer == NULL ? "no memory" : proctree_last_error(tracer));
  proctree_free(tracer);
  return 1;
}
