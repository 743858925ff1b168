/* SPDX-License-Identifier: MIT */
/* An executed program that becomes a worker, or a template that forks them. */
#include "core/program.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/crew.h"
#include "core/process.h"
#include "core/variables.h"

void program_arguments(struct program_arguments *arguments, const struct crew *crew, unsigned rank, int socket)
{
	bool template = socket >= 0;

	snprintf(arguments->text[0], PROGRAM_NUMBER_BYTES, "%d", crew->arena->fd);
	snprintf(arguments->text[1], PROGRAM_NUMBER_BYTES, "%d", (int)getpid());
	if (template)
		snprintf(arguments->text[2], PROGRAM_NUMBER_BYTES, "template");
	else
		snprintf(arguments->text[2], PROGRAM_NUMBER_BYTES, "%u", rank);
	snprintf(arguments->text[3], PROGRAM_NUMBER_BYTES, "%d", socket);
	*arguments->argv = (char *)crew->program;
	arguments->argv[1] = (char *)crew->role;
	arguments->argv[2] = arguments->text[0];
	arguments->argv[3] = arguments->text[1];
	arguments->argv[4] = arguments->text[2];
	arguments->argv[5] = template ? arguments->text[3] : NULL;
	arguments->argv[6] = NULL;
}

/* Everything is closed on exec but what this hands over: a descriptor duplicated onto itself stays open. */
int program_spawn(const struct crew *crew, const struct program_arguments *arguments, int socket, pid_t *pid)
{
	char **environment = variables_copy(NULL, PROGRAM_VARIABLE "=1");
	posix_spawn_file_actions_t actions;
	int error = environment ? posix_spawn_file_actions_init(&actions) : ENOMEM;

	if (error)
		goto free_environment;
	error = posix_spawn_file_actions_adddup2(&actions, crew->arena->fd, crew->arena->fd);
	for (unsigned i = 0; i < crew->descriptor_count && !error; i++)
		error = posix_spawn_file_actions_adddup2(&actions, crew->descriptors[i], crew->descriptors[i]);
	if (!error && socket >= 0)
		error = posix_spawn_file_actions_adddup2(&actions, socket, socket);
	if (!error)
		error = posix_spawn(pid, crew->program, &actions, NULL, arguments->argv, environment);
	posix_spawn_file_actions_destroy(&actions);
free_environment:
	free(environment);
	return -error;
}

static int32_t template_fork(struct arena *arena, int socket, unsigned rank, program_entry entry)
{
	pid_t template = getpid(), pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		uint64_t started_ns = clock_call_ns();

		close(socket);
		process_follow(template);
		_exit(entry(arena, rank, started_ns) ? 0 : EXIT_NO_WORK);
	}
	return pid;
}

static struct template_answer template_wait(pid_t pid, int flags)
{
	struct template_answer answer = {0};
	siginfo_t info = {0};
	int result;

	if (flags & WNOHANG) {
		result = waitid(P_PID, (id_t)pid, &info, WEXITED | flags);
		answer.value = result < 0 ? -errno : info.si_pid ? -ECHILD : 0;
		answer.wait_status = info.si_code == CLD_EXITED ? info.si_status << 8 : info.si_status;
		return answer;
	}
	do
		result = waitpid(pid, &answer.wait_status, 0);
	while (result < 0 && errno == EINTR);
	answer.value = result < 0 ? -errno : 0;
	return answer;
}

/* Until the owner closes its end. */
static _Noreturn void template_serve(struct arena *arena, int socket, program_entry entry)
{
	struct template_request request;
	struct template_answer answer = {0};
	ssize_t size;

	while ((size = recv(socket, &request, sizeof(request), 0)) != 0) {
		if (size < 0 && errno == EINTR)
			continue;
		if (size != (ssize_t)sizeof(request))
			_exit(EXIT_NO_ROLE);
		if (request.kind == TEMPLATE_FORK)
			answer.value = template_fork(arena, socket, (unsigned)request.value, entry);
		else
			answer = template_wait(request.value, request.kind == TEMPLATE_ALIVE ? WNOHANG | WNOWAIT : 0);
		send(socket, &answer, sizeof(answer), MSG_NOSIGNAL);
	}
	_exit(0);
}

void program_run(int argc, char **argv, const char *role, program_entry entry, uint64_t started_ns)
{
	struct arena arena;

	if (argc < 5 || strcmp(argv[1], role) != 0)
		return;
	unsetenv(PROGRAM_VARIABLE);
	process_follow((pid_t)atol(argv[3]));
	if (arena_attach(&arena, atoi(argv[2])) != 0)
		_exit(EXIT_NO_ARENA);
	if (argc == 6 && strcmp(argv[4], "template") == 0)
		template_serve(&arena, atoi(argv[5]), entry);
	_exit(entry(&arena, (unsigned)strtoul(argv[4], NULL, 10), started_ns) ? 0 : EXIT_NO_WORK);
}
