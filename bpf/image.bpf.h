/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Facts of the program in a process: its file, its directory, its capabilities, its arguments. */
#ifndef PROCTREE_IMAGE_BPF_H
#define PROCTREE_IMAGE_BPF_H

#define OVERLAYFS_MAGIC 0x794c7630
#define S_ISUID 04000
#define S_ISGID 02000

static __always_inline bool pt_is_memfd(struct dentry *dentry, struct inode *inode)
{
	char name[8] = {};

	/* A file of that name on a tmpfs has a parent; a memfd is its own. */
	if (dentry->d_parent != dentry || inode->i_nlink)
		return false;
	bpf_probe_read_kernel(name, 6, dentry->d_name.name);
	return name[0] == 'm' && name[1] == 'e' && name[2] == 'm' && name[3] == 'f' && name[4] == 'd' &&
	       name[5] == ':';
}

/* struct ovl_inode (fs/overlayfs/ovl_entry.h) holds, right behind its vfs_inode, the dentry of the
 * upper layer, or NULL. The module's BTF is not the kernel's, so its place is reckoned from there. */
static __always_inline bool pt_on_upper_layer(struct inode *inode)
{
	void *upper = NULL;

	bpf_probe_read_kernel(&upper, sizeof(upper), (void *)inode + bpf_core_type_size(struct inode));
	return upper != NULL;
}

/* Pointers are loaded without the verifier's trust (pt_untrusted). */
static __always_inline void pt_fill_exe(struct pt_image *out, struct file *exe)
{
	struct dentry *dentry = pt_cast(struct file, exe)->f_path.dentry;
	struct inode *inode = exe->f_inode;
	struct super_block *sb = pt_cast(struct inode, inode)->i_sb;

	out->exe_inode = inode->i_ino;
	out->exe_dev = sb->s_dev;
	if (!inode->i_nlink || (!dentry->d_hash.pprev && dentry->d_parent != dentry))
		out->flags |= PT_EXE_DELETED;
	if (pt_is_memfd(dentry, inode))
		out->flags |= PT_EXE_MEMFD;
	if (sb->s_magic == OVERLAYFS_MAGIC && pt_on_upper_layer(inode))
		out->flags |= PT_EXE_UPPER_LAYER;
}

/* Written by userspace before the load. */
const volatile bool report_exe_state = false;

#define I_CTIME_QUERIED (1U << 31) /* since 6.13: a mark in the nanoseconds, not a part of them */

/* Two numbers that change together are not read atomically: the second may be newer, and then no file has
 * both. */
static __always_inline __s64 pt_ctime_ns(struct inode *inode)
{
	if (bpf_core_field_exists(inode->i_ctime_sec)) /* since 6.11 */
		return inode->i_ctime_sec * 1000000000LL + (inode->i_ctime_nsec & ~I_CTIME_QUERIED);
	if (bpf_core_field_exists(inode->__i_ctime)) /* since 6.6 */
		return inode->__i_ctime.tv_sec * 1000000000LL + inode->__i_ctime.tv_nsec;
	return inode->i_ctime.tv_sec * 1000000000LL + inode->i_ctime.tv_nsec;
}

/* Returns the bytes used of the slot's tail, from tail[start] on. */
static __always_inline __u32 pt_fill_exe_state(struct scratch *s, struct task_struct *task, __u32 start)
{
	struct pt_exe_state *out = (struct pt_exe_state *)&s->tail[start];
	struct inode *inode = pt_untrusted(task)->mm->exe_file->f_inode;

	out->size = inode->i_size;
	out->ctime_ns = pt_ctime_ns(inode);
	out->magic = inode->i_sb->s_magic;
	return start + sizeof(*out);
}

#define PT_OF_EXE (PT_EXE_DELETED | PT_EXE_MEMFD | PT_EXE_UPPER_LAYER | PT_EXE_TRUNCATED | PT_EXE_DETACHED)

/*
 * A process that the iterator looks at may have released its memory, and with it the file, or its directory
 * meanwhile, so that what was read may be another's. Then it is reported without; a later event reports the
 * new state.
 */
static __always_inline void pt_drop_given_up(struct pt_image *out, struct task_struct *t,
					     struct mm_struct *mm, struct file *exe, struct fs_struct *fs)
{
	barrier();
	if (t->mm != mm || (exe && mm->exe_file != exe)) {
		out->flags = (out->flags & ~PT_OF_EXE) | PT_NO_EXE;
		out->exe_inode = 0;
		out->exe_dev = 0;
		out->args_size = 0;
	}
	if (t->fs != fs)
		out->flags = (out->flags & ~(PT_CWD_TRUNCATED | PT_CWD_DETACHED)) | PT_NO_CWD;
}

/* Everything but arguments and names as passed, from tail[start] on; returns the bytes used of the slot's
 * tail. `of_another`: of a process that runs meanwhile. */
static __always_inline __u32 pt_fill_image(struct scratch *s, struct task_struct *t, struct file *exe,
					   __u32 slot, __u32 start, const bool of_another)
{
	struct pt_image *out = &s->record.image;
	struct task_struct *untrusted = pt_untrusted(t);
	const struct cred *cred = untrusted->real_cred;
	struct mm_struct *mm = untrusted->mm;
	struct fs_struct *fs = untrusted->fs;
	int walked;

	s->walk.home = pt_home_of(untrusted->nsproxy);
	__builtin_memset(out, 0, sizeof(*out));
	if (PT_READS(PT_FACT_CAPS)) {
		out->caps_effective = *(const volatile __u64 *)&cred->cap_effective;
		out->caps_permitted = *(const volatile __u64 *)&cred->cap_permitted;
	}
	if (mm)
		out->args_size = mm->arg_end - mm->arg_start;
	if (exe) {
		if (PT_READS(PT_FACT_EXE_FILE))
			pt_fill_exe(out, exe);
		pt_begin_at(s, &pt_cast(struct file, exe)->f_path);
		walked = PT_READS(PT_FACT_EXE_PATH) ? pt_walk_path(slot, start) : 0;
		out->text_len[PT_TEXT_EXE] = PT_WALK_LENGTH(walked);
		if (walked & PT_WALK_TRUNCATED)
			out->flags |= PT_EXE_TRUNCATED;
		if (walked & PT_WALK_DETACHED)
			out->flags |= PT_EXE_DETACHED;
	} else {
		out->flags |= PT_NO_EXE;
	}
	if (fs) {
		walked =
		    PT_READS(PT_FACT_CWD) ? pt_put_pwd(slot, start + out->text_len[PT_TEXT_EXE], s, fs) : 0;
		out->text_len[PT_TEXT_CWD] = PT_WALK_LENGTH(walked);
		if (walked & PT_WALK_TRUNCATED)
			out->flags |= PT_CWD_TRUNCATED;
		if (walked & PT_WALK_DETACHED)
			out->flags |= PT_CWD_DETACHED;
	} else {
		out->flags |= PT_NO_CWD;
	}
	if (of_another)
		pt_drop_given_up(out, untrusted, mm, exe, fs);
	return start + out->text_len[PT_TEXT_EXE] + out->text_len[PT_TEXT_CWD];
}

/* A kernel string of at most PT_PATH_MAX bytes at tail[off]; returns its length without the NUL,
 * which what follows overwrites. */
__noinline int pt_put_string(__u32 slot, __u32 off, __u64 from)
{
	struct scratch *s = bpf_map_lookup_elem(&scratch, &slot);
	long len;

	barrier_var(off);
	if (!s || off > PT_STRINGS_BYTES - PT_PATH_MAX)
		return -1;
	len = bpf_probe_read_kernel_str(&s->tail[off], PT_PATH_MAX, (void *)from);
	if (len <= 0) {
		pt_count(PT_FAILED_STRING);
		return -1;
	}
	return len - 1;
}

/* One of the image's texts, from a kernel string; returns where the next one begins. */
static __always_inline __u32 pt_fill_text(struct pt_image *out, enum pt_text text, __u32 slot, __u32 off,
					  __u64 from)
{
	int len = pt_put_string(slot, off, from);

	if (len < 0 || len >= PT_PATH_MAX - 1)
		out->flags |= PT_STRING_TRUNCATED;
	out->text_len[text] = len < 0 ? 0 : len & (PT_PATH_MAX - 1);
	return off + out->text_len[text];
}

/* Up to the end of a page; returns whether there may be more. */
static __always_inline bool pt_put_args_page(struct scratch *s, __u32 start, __u64 from, __u32 want)
{
	volatile __u32 *done = &s->record.image.args_len;
	__u32 have = *done, off = start + have, left = want - have, step;

	if (have >= want)
		return false;
	step = PAGE_BYTES - ((from + have) & (PAGE_BYTES - 1));
	step = step < left ? step : left;
	barrier_var(off);
	barrier_var(step);
	if (off > PT_TAIL_BYTES || step > PAGE_BYTES)
		return false;
	if (bpf_probe_read_user(&s->tail[off], step, (void *)(from + have))) {
		pt_count(PT_FAILED_ARGS);
		return false;
	}
	*done = have + step;
	return true;
}

/*
 * `want` bytes of arguments of the task that runs now, at tail[start]: page by page, so that an
 * absent page costs no more than what stands behind it. Returns the bytes read. Progress is in the scratch
 * slot's args_len, as that of a path's walk: another call goes on from there.
 */
__noinline int pt_put_args(__u32 slot, __u32 start, __u64 from, __u32 want)
{
	struct scratch *s = bpf_map_lookup_elem(&scratch, &slot);

	if (!s || start > PT_STRINGS_BYTES)
		return 0;
	pt_repeat(PT_ARGS_LIMIT / PAGE_BYTES + 1, pt_put_args_page(s, start, from, want));
	return s->record.image.args_len;
}

static __always_inline __u32 pt_args_wanted(struct mm_struct *mm)
{
	__u64 size = mm->arg_end - mm->arg_start;

	return size < args_max ? size : args_max;
}

/*
 * The files of launchers whose children's environment says whom they serve (sshd, inetd), written by
 * userspace where an upgrade has replaced one, too. What isn't used has inode 0.
 */
volatile struct pt_file launcher_files[PT_LAUNCHER_FILES];
volatile bool have_launchers = false; /* whether any of these is used */

/* Does the kernel's parent run one of these? It may replace its memory meanwhile: what is read from released
 * memory is no launcher's file, or at worst that of the launcher which the parent was until just now. */
static __always_inline bool pt_is_below_launcher(struct task_struct *task)
{
	struct mm_struct *mm;
	struct file *exe;
	__u64 inode, dev;

	if (!have_launchers)
		return false;
	mm = pt_untrusted(pt_untrusted(task)->real_parent)->mm;
	exe = mm ? mm->exe_file : NULL;
	if (!exe)
		return false;
	inode = exe->f_inode->i_ino;
	dev = exe->f_inode->i_sb->s_dev;
	for (int i = 0; i < PT_LAUNCHER_FILES; i++) {
		if (launcher_files[i].inode == inode && inode && launcher_files[i].dev == dev)
			return true;
	}
	return false;
}

/* Bytes of each environment that userspace takes variables from (--env); 0: it reports none. */
const volatile __u32 env_max = 0;

/* How much of the environment is sent: of what a launcher executes its beginning, of all else where asked
 * for. */
static __always_inline __u32 pt_environment_wanted(struct pt_image *out, struct task_struct *task, __u32 args)
{
	__u64 size = task->mm->env_end - task->mm->env_start;
	__u32 most = env_max;

	if (pt_is_below_launcher(task)) {
		out->flags |= PT_BELOW_LAUNCHER;
		most = PT_ENV_LIMIT; /* socat, for one, adds whom it serves at the end */
	}
	if (most > PT_ARGS_LIMIT - args)
		most = PT_ARGS_LIMIT - args;
	if (size <= most)
		return size;
	out->flags |= PT_ENV_TRUNCATED;
	return most;
}

/*
 * Arguments and environment lie side by side: where the first are sent whole, they are read at once. Returns
 * the bytes used.
 */
static __always_inline __u32 pt_fill_args(struct pt_image *out, __u32 slot, __u32 off,
					  struct task_struct *task)
{
	__u64 start = task->mm->arg_start, env_start = task->mm->env_start;
	__u32 want = out->args_size < args_max ? out->args_size : args_max;
	__u32 environment = pt_environment_wanted(out, task, want), have;
	bool adjacent = start + want == env_start;

	have = pt_put_args(slot, off, start, adjacent ? want + environment : want) & (2 * PT_ARGS_LIMIT - 1);
	if (!adjacent && environment && have == want)
		have = pt_put_args(slot, off, env_start - want, want + environment) & (2 * PT_ARGS_LIMIT - 1);
	if (have < want)
		out->flags |= PT_ARGS_UNREADABLE;
	if (have < want + environment)
		out->flags |= PT_ENV_TRUNCATED;
	out->args_len = have < want ? have : want;
	out->env_len = have - out->args_len;
	return have;
}

/* Another process may have written the arguments, since they stand where it can reach them: one that traces
 * this one, or that has its memory open now. (One that has closed it again leaves no trace.) */
static __always_inline bool pt_args_may_be_written(struct task_struct *task)
{
	return task->ptrace || task->mm->mm_users.counter > 1;
}

/* Whether `uid` is root of its user namespace, which has all capabilities before and after. */
static __noinline int pt_is_root(struct user_namespace *ns, __u32 uid)
{
	struct uid_gid_map *map = &ns->uid_map;
	struct uid_gid_extent extent = {};
	__u32 extents = BPF_CORE_READ(map, nr_extents), i;

	if (extents > 5) { /* they are sorted then, and lie elsewhere */
		bpf_probe_read_kernel(&extent, sizeof(extent), BPF_CORE_READ(map, forward));
		return extent.first == 0 && extent.lower_first == uid;
	}
	for (i = 0; i < 5 && i < extents; i++) {
		bpf_probe_read_kernel(&extent, sizeof(extent), &map->extent[i]);
		if (extent.first == 0 && extent.lower_first == uid)
			return 1;
	}
	return 0;
}

/*
 * Did this exec raise credentials? The kernel notes in per_clear that a set-id bit took effect or
 * that permitted capabilities were gained (fs/exec.c bprm_fill_uid, security/commoncap.c). A set-id
 * file that gives nothing new (root running a setuid root program) is no rise.
 */
static __always_inline bool pt_credentials_rose(struct linux_binprm *bprm, struct inode *inode,
						const struct pt_task *task, const struct cred *cred)
{
	__u64 permitted, ambient;

	if (!bprm->per_clear)
		return false;
	if (!(inode->i_mode & (S_ISUID | S_ISGID)) || task->euid != task->uid || task->egid != task->gid)
		return true;
	/* The bits gave nothing new. Unless the user is root, permitted capabilities beyond the inherited
	 * ones come from the file (security/commoncap.c cap_bprm_creds_from_file). */
	permitted = *(const volatile __u64 *)&cred->cap_permitted;
	ambient = *(const volatile __u64 *)&cred->cap_ambient;
	return permitted & ~ambient && !pt_is_root(cred->user_ns, task->uid);
}

#endif
