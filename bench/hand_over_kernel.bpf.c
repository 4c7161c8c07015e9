// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "hand_over.bpf.h"
