/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* nats_publish URL LINES [WINDOW]: a bare loop of js_PublishAsync, to hold proctree-ship against: the lines
 * of a file, each under its subject and Nats-Msg-Id as `ship` has them, with that many unacknowledged at
 * most. */
#include <inttypes.h>
#include <nats/nats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(natsStatus status, const char* what) {
  if (status == NATS_OK) return;
  fprintf(stderr, "nats_publish: %s: %s\n", what, natsStatus_GetText(status));
  exit(1);
}

int main(int argc, char** argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: nats_publish URL LINES [WINDOW]\n");
    return 2;
  }
  natsConnection* connection = NULL;
  jsCtx* context = NULL;
  jsOptions options;
  check(natsConnection_ConnectTo(&connection, argv[1]), "connect");
  jsOptions_Init(&options);
  options.PublishAsync.MaxPending = argc > 3 ? atoi(argv[3]) : 4000;
  options.PublishAsync.StallWait = 60000;
  check(natsConnection_JetStream(&context, connection, &options), "JetStream");
  FILE* file = fopen(argv[2], "r");
  if (file == NULL) {
    perror(argv[2]);
    return 1;
  }
  char* line = NULL;
  size_t room = 0;
  uint64_t number = 0;
  for (ssize_t size; (size = getline(&line, &room, file)) > 0;) {
    char id[64];
    jsPubOptions publish;
    jsPubOptions_Init(&publish);
    snprintf(id, sizeof id, "00c0ffee00c0ffee-1-4711-%" PRIu64, ++number);
    publish.MsgId = id;
    check(js_PublishAsync(context, "proctree.v1.bench.exec", line, (int)size - 1, &publish), "publish");
  }
  check(js_PublishAsyncComplete(context, NULL), "complete");
  free(line);
  fclose(file);
  jsCtx_Destroy(context);
  natsConnection_Destroy(connection);
  nats_Close();
  return 0;
}
