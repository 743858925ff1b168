/* SPDX-License-Identifier: MIT */
/*
 * Parts of a test that run in a forked child, because they change what cannot be changed back: limits, the user,
 * bindings. cmocka's own asserts would go on with the other tests there; child_check ends the child instead.
 */
#ifndef TVP_TESTS_CHILD_H
#define TVP_TESTS_CHILD_H

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILD_FAILED = 1, CHILD_SKIPPED = 77 };

#define child_check(condition)                                                                                         \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			child_end(CHILD_FAILED, __FILE__, __LINE__, #condition);                                       \
	} while (0)

/* Ends the child: this machine has no such thing. */
#define child_skip(why) child_end(CHILD_SKIPPED, __FILE__, __LINE__, why)

static inline _Noreturn void child_end(int status, const char *file, int line, const char *text)
{
	fprintf(stderr, "%s:%d: %s: %s\n", file, line, status == CHILD_SKIPPED ? "skipped" : "not true", text);
	_exit(status);
}

/* The child's exit status, or minus the signal that ended it. */
static inline int child_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return CHILD_FAILED;
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static inline int child_run(void (*body)(void *context), void *context)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		body(context);
		_exit(0);
	}
	return pid < 0 ? CHILD_FAILED : child_wait(pid);
}

/* Fails or skips the cmocka test as the child did. */
#define assert_child(body, context)                                                                                    \
	do {                                                                                                           \
		int child_status = child_run(body, context);                                                           \
		if (child_status == CHILD_SKIPPED)                                                                     \
			skip();                                                                                        \
		assert_int_equal(child_status, 0);                                                                     \
	} while (0)

#endif
