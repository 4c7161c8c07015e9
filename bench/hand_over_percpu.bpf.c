// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#define PT_PERCPU_RING
#include "hand_over.bpf.h"
