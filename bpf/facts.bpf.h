/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * The facts that the programs read. The product always reads all of them. bench/kernel builds the programs
 * with one left out (-DPT_WITHOUT=…): what these take less is what that fact costs.
 */
#ifndef PROCTREE_FACTS_BPF_H
#define PROCTREE_FACTS_BPF_H

enum pt_fact {
	PT_FACT_NONE,
	PT_FACT_PARENT,	    /* ppid, the parent's start */
	PT_FACT_CREATOR,    /* who forked, and its image */
	PT_FACT_IDS,	    /* credentials, login uid, audit session */
	PT_FACT_NAMESPACES, /* their inodes, and the pid in its own */
	PT_FACT_CGROUP,	    /* id, and whether its path was sent */
	PT_FACT_SESSION,    /* session and process group */
	PT_FACT_COMM,
	PT_FACT_TTY,
	PT_FACT_TIMES, /* user, system and total time, the most memory */
	PT_FACT_EXE_FILE,
	PT_FACT_EXE_PATH,
	PT_FACT_CWD,
	PT_FACT_FILENAME, /* as passed, and a script's interpreter */
	PT_FACT_CAPS,
	PT_FACT_ARGS,
	PT_FACT_ALL, /* all of these and the record itself: an empty program */
};

#ifndef PT_WITHOUT
#define PT_WITHOUT PT_FACT_NONE
#endif

#define PT_READS(fact) (PT_WITHOUT != (fact) && PT_WITHOUT != PT_FACT_ALL)

#endif
