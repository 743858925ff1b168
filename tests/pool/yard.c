/* SPDX-License-Identifier: MIT */
/* The torture's yard, its task and its killer. */
#include "yard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { GAP_MAX = 400 };

uint64_t yard_mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

uint64_t yard_random(uint64_t *state, uint64_t limit)
{
	*state += UINT64_C(0x9e3779b97f4a7c15);
	return yard_mix(*state) % limit;
}

static struct yard *yard_map(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	void *memory = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(struct yard), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (fd >= 0)
		close(fd);
	return memory == MAP_FAILED ? NULL : memory;
}

uint64_t yard_expected(const struct chore *chore)
{
	uint64_t value = chore->value;

	for (uint32_t i = 0; i < chore->turns; i++)
		value = yard_mix(value + i);
	return value;
}

static int chore(struct tvp_worker *worker, const struct chore *input, uint64_t *output)
{
	struct yard *own = worker->state;

	atomic_fetch_add(&own->runs[input->index], 1);
	atomic_fetch_add(&own->begun, 1);
	*output = yard_expected(input);
	return 0;
}

TVP_TASK(chore, struct chore, uint64_t);

static int yard_begin(struct tvp_worker *worker, const void *argument, size_t argument_bytes)
{
	struct yard *own = yard_map(argument);

	if (!own || worker->rank >= YARD_WORKERS_MAX)
		return -EIO;
	worker->state = own;
	atomic_store(&own->pids[worker->rank], getpid());
	return 0;
}

static void yard_end(struct tvp_worker *worker)
{
	munmap(worker->state, sizeof(struct yard));
}

static const struct tvp_initializer yard_initializer = {.name = "yard", .begin = yard_begin, .end = yard_end};
static const struct tvp_task *const tasks[] = {&chore_task, NULL};
static const struct tvp_initializer *const initializers[] = {&yard_initializer, NULL};
const struct tvp_registry yard_registry = {.tasks = tasks, .initializers = initializers};

static char made_path[YARD_PATH_BYTES];

static void yard_remove(void)
{
	unlink(made_path);
}

struct yard *yard_make(char path[YARD_PATH_BYTES])
{
	const char *folder = getenv("TMPDIR");
	int fd;

	snprintf(path, YARD_PATH_BYTES, "%.200s/tvp-torture-XXXXXX", folder && *folder ? folder : "/tmp");
	fd = mkstemp(path);
	if (fd < 0)
		return NULL;
	snprintf(made_path, sizeof(made_path), "%s", path);
	atexit(yard_remove);
	if (ftruncate(fd, sizeof(struct yard)) < 0) {
		close(fd);
		return NULL;
	}
	close(fd);
	return yard_map(path);
}

/* Now and then two at once. */
static _Noreturn void killer_main(struct yard *yard, unsigned workers, uint64_t random_state)
{
	uint64_t next = 0;

	while (!atomic_load(&yard->stop)) {
		unsigned victims = yard_random(&random_state, 8) ? 1 : 2;

		if (atomic_load(&yard->begun) < next) {
			usleep((useconds_t)yard_random(&random_state, 200));
			continue;
		}
		while (victims--) {
			int pid = atomic_load(&yard->pids[yard_random(&random_state, workers)]);

			if (!pid)
				continue;
			atomic_fetch_add(&yard->kills, 1);
			if (kill(pid, SIGKILL) < 0)
				atomic_fetch_sub(&yard->kills, 1);
		}
		next = atomic_load(&yard->begun) + 1 + yard_random(&random_state, GAP_MAX);
	}
	_exit(0);
}

pid_t yard_killer(struct yard *yard, unsigned workers, uint64_t seed)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		killer_main(yard, workers, seed);
	}
	return pid;
}
