/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * A process's cgroup: which one is reported, its number, its path.
 *
 * It is v2's unless that is the root, and else that of the v1 hierarchy that userspace has chosen. A path is
 * walked from the cgroup up to the root, and a path that is too long loses the cgroup's end: the root's end
 * was named by whoever runs the host, and has the container's name.
 */
#ifndef PROCTREE_CGROUP_BPF_H
#define PROCTREE_CGROUP_BPF_H

#define PT_CGROUP_STEPS 256 /* levels of a cgroup that are reported */

/* Whether the kernel has cgroups: where it has none, the code that asks for them is dropped at the load. */
static __always_inline bool pt_has_cgroups(void)
{
	return bpf_core_field_exists(((struct task_struct *)NULL)->cgroups);
}

/* What the process's cgroups are to the controller of a v1 hierarchy, or v2's own; by calls. */
static __always_inline struct cgroup_subsys_state *pt_css(struct task_struct *t)
{
	struct cgroup_subsys_state *css = NULL;
	struct css_set *set;
	struct cgroup *v2;

	if (!pt_has_cgroups())
		return NULL;
	set = BPF_CORE_READ(t, cgroups);
	v2 = BPF_CORE_READ(set, dfl_cgrp);
	if (cgroup_subsys < 0 || BPF_CORE_READ(v2, level) > 0)
		return &v2->self;
	bpf_core_read(&css, sizeof(css), &set->subsys[cgroup_subsys & 15]);
	return css;
}

/*
 * A cgroup's serial number, by which userspace finds the path that was sent for it: two loads nearer than its
 * id, and never reused either. The kernel counts from 0, which stands for none here.
 */
static __always_inline __u64 pt_cgroup_nr(struct task_struct *t, const bool typed)
{
	if (!pt_has_cgroups())
		return 0;
	if (!typed)
		return BPF_CORE_READ(pt_css(t), serial_nr) + 1;
	if (cgroup_subsys < 0 || t->cgroups->dfl_cgrp->level > 0)
		return t->cgroups->dfl_cgrp->self.serial_nr + 1;
	return t->cgroups->subsys[cgroup_subsys & 15]->serial_nr + 1;
}

/* Where a path's walk begins: no deeper than the walk can reach, where cgroups know their ancestors (6.1). */
static __always_inline __u64 pt_cgroup_node(struct cgroup *cgroup, bool *cut)
{
	struct cgroup *nearer = NULL;

	*cut = false;
	if (!pt_has_cgroups())
		return 0;
	if (bpf_core_field_exists(cgroup->ancestors) && BPF_CORE_READ(cgroup, level) >= PT_CGROUP_STEPS) {
		bpf_probe_read_kernel(&nearer, sizeof(nearer),
				      (void *)cgroup + bpf_core_field_offset(cgroup->ancestors) +
					  (PT_CGROUP_STEPS - 1) * sizeof(void *));
		if (nearer) {
			*cut = true;
			cgroup = nearer;
		}
	}
	return (__u64)BPF_CORE_READ(cgroup, kn);
}

struct pt_kernfs {
	__u64 parent, name;
};

static __always_inline void pt_read_kernfs(struct pt_kernfs *out, __u64 address)
{
	struct kernfs_node *node = (void *)address;
	struct kernfs_node___6_15 *later = (void *)address;

	if (pt_has_kfuncs()) {
		node = pt_cast(struct kernfs_node, node);
		later = (void *)node;
		out->name = (__u64)node->name;
		if (bpf_core_field_exists(node->parent))
			out->parent = (__u64)node->parent;
		else
			out->parent = (__u64)later->__parent;
		return;
	}
	out->name = (__u64)BPF_CORE_READ(node, name);
	if (bpf_core_field_exists(node->parent))
		out->parent = (__u64)BPF_CORE_READ(node, parent);
	else
		out->parent = (__u64)BPF_CORE_READ(later, __parent);
}

/*
 * One level up; returns whether there may be another. The walk's state is in the record, where the verifier
 * doesn't follow it: then it has no states to distinguish. In v1 a cgroup may be renamed meanwhile: then it
 * is read again.
 */
static __always_inline bool pt_step_up_cgroup(volatile struct pt_cgroup *r)
{
	__u32 newer = r->newer & 1, used = r->len[newer], at;
	struct pt_kernfs node, after;
	long length;

	pt_read_kernfs(&node, r->nr);
	if (!node.parent) {
		r->flags &= ~PT_CGROUP_ROOTLESS;
		return false;
	}
	if (used > PT_CGROUP_HALF - PT_NAME_MAX - 1) {
		newer ^= 1;
		if (r->len[newer])
			r->flags |= PT_CGROUP_CUT;
		used = 0;
	}
	at = newer * PT_CGROUP_HALF + used;
	barrier_var(at);
	if (at > 2 * PT_CGROUP_HALF - PT_NAME_MAX - 1)
		return false;
	length = bpf_probe_read_kernel_str((void *)&r->path[at], PT_NAME_MAX + 1, (void *)node.name);
	if (length <= 0)
		return false;
	pt_read_kernfs(&after, r->nr);
	if (after.name != node.name || after.parent != node.parent)
		return true;
	r->newer = newer;
	r->len[newer] = used + length;
	r->nr = node.parent;
	return true;
}

/* The record's path, leaf first: half by half, the older of which is begun again where both are full. */
static __always_inline void pt_walk_cgroup(volatile struct pt_cgroup *r, __u64 cgroup)
{
	bool cut;

	r->nr = pt_cgroup_node((void *)cgroup, &cut);
	r->newer = 0;
	r->len[0] = 0;
	r->len[1] = 0;
	r->flags = PT_CGROUP_ROOTLESS | (cut ? PT_CGROUP_CUT : 0);
	pt_repeat(PT_CGROUP_STEPS + 1, pt_step_up_cgroup(r));
	if (r->flags)
		pt_count(PT_FAILED_PATH);
}

#endif
