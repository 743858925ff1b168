/* SPDX-License-Identifier: MIT */
/* Memory, mappings, descriptors and threads that a parent has beside what it needs. */
#include "measure/parent.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/futex.h"
#include "machine/machine.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

#define HUGE_BYTES ((size_t)2 << 20)

enum {
	HUGE_PERCENT = 90, /* of what is to be in huge pages has to be */
	THREAD_STACK_BYTES = 65536,
	DESCRIPTORS_OWN = 64 /* that the measurer has or may need itself */
};

/* KiB of the mapping at this address that are in huge pages; 0 if that is not known. */
static uint64_t memory_huge_kib(const char *memory)
{
	FILE *file = fopen("/proc/self/smaps", "re");
	unsigned long first, last, begin = 0, end = 0, address = (unsigned long)memory;
	unsigned long long kib, sum = 0;
	char line[512];

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx-%lx ", &first, &last) == 2) {
			begin = first;
			end = last;
		}
		if (begin <= address && address < end && sscanf(line, "AnonHugePages: %llu kB", &kib) == 1)
			sum = kib;
	}
	if (file)
		fclose(file);
	return sum;
}

/* To be refused by madvise is to have a reason; who touches pages that there are not is killed. */
static int memory_touch(char *memory, size_t bytes, char *reason)
{
	size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	int error;

	do
		error = madvise(memory, bytes, MADV_POPULATE_WRITE) < 0 ? -errno : 0;
	while (error == -EINTR);
	if (error == 0)
		return 0;
	if (error != -EINVAL) /* a kernel before 5.14 does not know it */
		return reason_set(reason, error, "touching %zu MiB for the parent: %s", bytes >> 20, strerror(-error));
	for (size_t at = 0; at < bytes; at += page_bytes)
		*(volatile char *)(memory + at) = 1;
	return 0;
}

static int memory_map(struct parent *parent, size_t bytes, bool huge, char *reason)
{
	char *whole = mmap(NULL, bytes + HUGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
	     *begin;

	if (whole == MAP_FAILED)
		return reason_set(reason, -errno, "mmap of %zu MiB for the parent: %s", bytes >> 20, strerror(errno));
	begin = whole + (HUGE_BYTES - (uintptr_t)whole % HUGE_BYTES) % HUGE_BYTES;
	if (begin > whole)
		munmap(whole, (size_t)(begin - whole));
	if (whole + HUGE_BYTES > begin)
		munmap(begin + bytes, (size_t)(whole + HUGE_BYTES - begin));
	if (madvise(begin, bytes, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE) < 0 && huge) {
		munmap(begin, bytes);
		return reason_set(reason, -EOPNOTSUPP, "this kernel has no transparent huge pages");
	}
	parent->memory = begin;
	parent->memory_bytes = bytes;
	return memory_touch(begin, bytes, reason);
}

static int memory_check_huge(const struct parent *parent, char *reason)
{
	uint64_t huge_kib = memory_huge_kib(parent->memory);

	if (huge_kib >= parent->memory_bytes / 1024 / 100 * HUGE_PERCENT)
		return 0;
	return reason_set(reason, -EOPNOTSUPP,
			  "only %llu of %zu MiB came in transparent huge pages (see "
			  "/sys/kernel/mm/transparent_hugepage/enabled)",
			  (unsigned long long)huge_kib >> 10, parent->memory_bytes >> 20);
}

/* The plan has looked already, but others may have taken memory since. */
static int memory_init(struct parent *parent, const uint64_t *settings, unsigned workers, char *reason)
{
	size_t bytes = (size_t)settings[PARENT_MEMORY_MIB] << 20;
	uint64_t wanted = parent_memory_bytes(settings, workers), usable;
	bool huge = settings[PARENT_THP] != 0;
	const char *limit;
	int error;

	if (bytes == 0)
		return 0;
	usable = machine_memory_usable(&limit);
	if (wanted > usable)
		return reason_set(reason, -ENOMEM,
				  "it would take %llu MiB of memory, and may take %llu MiB: half of what %s has left",
				  (unsigned long long)wanted >> 20, (unsigned long long)usable >> 20, limit);
	error = memory_map(parent, bytes, huge, reason);
	if (error || !huge)
		return error;
	parent->huge = true;
	return memory_check_huge(parent, reason);
}

/* Every second page can be read, the others cannot: so the kernel cannot join them. */
static int mappings_init(struct parent *parent, size_t count, char *reason)
{
	size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);

	if (count == 0)
		return 0;
	parent->mappings = mmap(NULL, count * page_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (parent->mappings == MAP_FAILED) {
		parent->mappings = NULL;
		return reason_set(reason, -errno, "mmap of %zu pages for the parent: %s", count, strerror(errno));
	}
	parent->mappings_bytes = count * page_bytes;
	for (size_t i = 1; i < count; i += 2)
		if (mprotect(parent->mappings + i * page_bytes, page_bytes, PROT_READ) < 0)
			return reason_set(reason, -errno, "mapping %zu of %zu of the parent: %s (see vm.max_map_count)",
					  i, count, strerror(errno));
	return 0;
}

/* Raises the soft limit as far as the hard one lets it. */
static void descriptors_allow(struct parent *parent, unsigned count)
{
	rlim_t wanted = (rlim_t)count + DESCRIPTORS_OWN;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	parent->descriptor_limit = limit;
	if (limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int descriptors_init(struct parent *parent, unsigned count, bool cloexec, char *reason)
{
	int command = cloexec ? F_DUPFD_CLOEXEC : F_DUPFD, source, error = 0;

	if (count == 0)
		return 0;
	parent->descriptors = calloc(count, sizeof(*parent->descriptors));
	if (!parent->descriptors)
		return reason_set(reason, -ENOMEM, "no memory for %u descriptors of the parent", count);
	descriptors_allow(parent, count);
	source = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (source < 0)
		return reason_set(reason, -errno, "/dev/null for the parent's descriptors: %s", strerror(errno));
	while (!error && parent->descriptor_count < count) {
		int descriptor = fcntl(source, command, 0);

		if (descriptor >= 0)
			parent->descriptors[parent->descriptor_count++] = descriptor;
		else
			error = -errno;
	}
	close(source);
	if (!error)
		return 0;
	return reason_set(reason, error, "descriptor %u of %u of the parent: %s (see `ulimit -Hn`)",
			  parent->descriptor_count + 1, count, strerror(-error));
}

static void *thread_sleep(void *leave)
{
	_Atomic uint32_t *word = leave;

	while (!atomic_load(word))
		futex_wait(word, 0, FUTEX_PRIVATE_FLAG, UINT64_MAX);
	return NULL;
}

static int threads_init(struct parent *parent, unsigned count, char *reason)
{
	size_t stack_bytes = THREAD_STACK_BYTES;
	pthread_attr_t attributes;
	int error = 0;

	if (count == 0)
		return 0;
	parent->threads = calloc(count, sizeof(*parent->threads));
	if (!parent->threads)
		return reason_set(reason, -ENOMEM, "no memory for %u threads of the parent", count);
	if ((long)stack_bytes < PTHREAD_STACK_MIN)
		stack_bytes = (size_t)PTHREAD_STACK_MIN;
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, stack_bytes);
	while (!error && parent->thread_count < count) {
		error = -pthread_create(&parent->threads[parent->thread_count], &attributes, thread_sleep,
					&parent->leave);
		parent->thread_count += error == 0;
	}
	pthread_attr_destroy(&attributes);
	if (!error)
		return 0;
	return reason_set(reason, error,
			  "thread %u of %u of the parent: %s (see `ulimit -u`, pids.max and `ulimit -v`)",
			  parent->thread_count + 1, count, strerror(-error));
}

int parent_init(struct parent *parent, const uint64_t *settings, unsigned workers, char *reason)
{
	int error;

	*parent = (struct parent){0};
	error = memory_init(parent, settings, workers, reason);
	if (!error)
		error = mappings_init(parent, (size_t)settings[PARENT_MAPPINGS], reason);
	if (!error)
		error = descriptors_init(parent, (unsigned)settings[PARENT_DESCRIPTORS], settings[PARENT_CLOEXEC] != 0,
					 reason);
	if (!error)
		error = threads_init(parent, (unsigned)settings[PARENT_THREADS], reason);
	if (error)
		parent_exit(parent);
	return error;
}

int parent_renew(struct parent *parent, char *reason)
{
	int error;

	if (!parent->huge)
		return 0;
	madvise(parent->memory, parent->memory_bytes, MADV_DONTNEED);
	error = memory_touch(parent->memory, parent->memory_bytes, reason);
	return error ? error : memory_check_huge(parent, reason);
}

void parent_exit(struct parent *parent)
{
	atomic_store(&parent->leave, 1);
	futex_wake(&parent->leave, FUTEX_ALL, FUTEX_PRIVATE_FLAG);
	for (unsigned i = 0; i < parent->thread_count; i++)
		pthread_join(parent->threads[i], NULL);
	free(parent->threads);
	for (unsigned i = 0; i < parent->descriptor_count; i++)
		close(parent->descriptors[i]);
	free(parent->descriptors);
	if (parent->descriptor_limit.rlim_max)
		setrlimit(RLIMIT_NOFILE, &parent->descriptor_limit);
	if (parent->mappings)
		munmap(parent->mappings, parent->mappings_bytes);
	if (parent->memory)
		munmap(parent->memory, parent->memory_bytes);
}
