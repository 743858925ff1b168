/* SPDX-License-Identifier: MIT */
/*
 * What it costs to create a worker and to reap it, by a loop as anyone would write it: nothing of tvp is in this program,
 * so it can tell whether tvp's harness adds to what it measures (test_by_hand.py).
 *
 *   by-hand KIND COUNT CPU [PROGRAM ARGUMENTS…]
 *
 * Creates COUNT workers one after the other, on that CPU, once to warm up and then three times more; prints a line with
 * the ns that one worker took each time. Exit status: 0 fine, 1 something failed, 2 it was called wrongly.
 *
 *   thread, fork            the worker says in shared memory when it began and when it was done, as tvp's do
 *   spawn                   the worker is PROGRAM, which is to do the same in the memory behind descriptor 3
 *   bare-thread, bare-fork  the worker does nothing
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 3, STACK_BYTES = 8 << 20, SHARED_BYTES = 4096, SHARED_FD = 3 };

/* fork copies its caller. So this program is linked with the libraries of tvp-measurer, of which it uses none, and touches
 * as much private memory as that has more than it: some 285 KiB less 220 KiB in /proc/PID/smaps (x86-64, Debian 12). */
static char more[64 << 10];

/* What a worker says. */
static volatile uint64_t *shared;

static _Noreturn void fail(const char *what, int error)
{
	fprintf(stderr, "by-hand: %s: %s\n", what, strerror(error));
	exit(EXIT_FAILURE);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static void *say(void *argument)
{
	shared[0] = now_ns();
	shared[1] = now_ns();
	return argument;
}

static void *nothing(void *argument)
{
	return argument;
}

static void thread_create(void *(*work)(void *argument), char **command)
{
	pthread_attr_t attributes;
	pthread_t thread;
	int error;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	error = pthread_create(&thread, &attributes, work, NULL);
	pthread_attr_destroy(&attributes);
	if (error)
		fail("pthread_create", error);
	pthread_join(thread, NULL);
}

static void reap(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		fail("waitpid", errno);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail("a worker did not end well", ECHILD);
}

static void fork_create(void *(*work)(void *argument), char **command)
{
	pid_t pid = fork();

	if (pid == 0) {
		work(NULL);
		_exit(0);
	}
	if (pid < 0)
		fail("fork", errno);
	reap(pid);
}

static void spawn_create(void *(*work)(void *argument), char **command)
{
	pid_t pid;
	int error = posix_spawn(&pid, command[0], NULL, NULL, command, environ);

	if (error)
		fail(command[0], error);
	reap(pid);
}

static const struct kind {
	const char *name;
	void (*create)(void *(*work)(void *argument), char **command);
	void *(*work)(void *argument); /* NULL: the program knows */
} kinds[] = {
	{"thread", thread_create, say},      {"fork", fork_create, say},    {"bare-thread", thread_create, nothing},
	{"bare-fork", fork_create, nothing}, {"spawn", spawn_create, NULL},
};

static double round_ns(const struct kind *kind, char **command, unsigned long count)
{
	uint64_t begin_ns = now_ns();

	for (unsigned long i = 0; i < count; i++)
		kind->create(kind->work, command);
	return (double)(now_ns() - begin_ns) / (double)count;
}

static void bind_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		fail("sched_setaffinity", errno);
}

/* Behind a number that programs can be told. */
static void share(void)
{
	int fd = memfd_create("by-hand", 0);

	if (fd < 0 || ftruncate(fd, SHARED_BYTES) < 0)
		fail("memfd_create", errno);
	if (fd != SHARED_FD && (dup2(fd, SHARED_FD) < 0 || close(fd) < 0))
		fail("dup2", errno);
	shared = mmap(NULL, SHARED_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, SHARED_FD, 0);
	if (shared == MAP_FAILED)
		fail("mmap", errno);
}

int main(int argc, char **argv)
{
	unsigned long count = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	const struct kind *kind = NULL;

	for (size_t i = 0; argc > 1 && i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(argv[1], kinds[i].name) == 0)
			kind = &kinds[i];
	if (!kind || !count || argc < (kind->work ? 4 : 5)) {
		fputs("usage: by-hand KIND COUNT CPU [PROGRAM ARGUMENTS…]\n", stderr);
		return 2;
	}
	bind_to(atoi(argv[3]));
	share();
	explicit_bzero(more, sizeof(more));
	round_ns(kind, argv + 4, count);
	for (int i = 0; i < ROUNDS; i++)
		printf("%.1f\n", round_ns(kind, argv + 4, count));
	if (kind->work == say && !(shared[0] && shared[1] >= shared[0]))
		fail("the workers have said nothing", EPROTO);
	return 0;
}
