/* SPDX-License-Identifier: MIT */
/* A command line for the shell, and what became of it. */
#include "subject/common/subject_shell.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "core/crew.h"
#include "core/process.h"

/* What a shell ends with that cannot execute a program, or cannot find it. */
enum { EXIT_NOT_EXECUTED = 126, EXIT_NOT_FOUND = 127 };

/* Writes one word for the shell, whatever is in `text`; returns its end. */
static char *shell_quote(char *to, const char *text)
{
	*to++ = '\'';
	for (; *text; text++)
		if (*text == '\'')
			to = stpcpy(to, "'\\''");
		else
			*to++ = *text;
	return stpcpy(to, "'");
}

int shell_probe(char *reason)
{
	return tiny_probe(TINY_STATIC_PROGRAM, reason);
}

int shell_open(struct crew *crew)
{
	struct shell *shell = calloc(1, sizeof(*shell));
	char *end;
	int error = 0;

	if (shell)
		shell->workers = calloc(crew->workers, sizeof(*shell->workers));
	if (!shell || !shell->workers)
		error = reason_set(crew->reason, -ENOMEM, "no memory for a subject");
	if (!error)
		error = tiny_init(&shell->tiny, crew, TINY_STATIC_PROGRAM);
	if (error)
		goto free_shell;
	end = shell_quote(shell->command, shell->tiny.path);
	end += sprintf(end, " %s ", shell->tiny.fd);
	shell->offset_at = (size_t)(end - shell->command);
	crew->state = shell;
	return 0;
free_shell:
	if (shell)
		free(shell->workers);
	free(shell);
	return error;
}

void shell_close(struct crew *crew)
{
	struct shell *shell = crew->state;

	tiny_exit(&shell->tiny);
	free(shell->workers);
	free(shell);
}

const char *shell_command(const struct seat *seat)
{
	struct shell *shell = seat->crew->state;

	tiny_aim(&shell->tiny, seat);
	strcpy(shell->command + shell->offset_at, shell->tiny.offset);
	return shell->command;
}

struct shell_worker *shell_worker(const struct seat *seat)
{
	struct shell *shell = seat->crew->state;

	return &shell->workers[seat->rank];
}

int shell_verdict(struct seat *seat, const char *call)
{
	int wait_status = shell_worker(seat)->wait_status;

	if (WIFEXITED(wait_status) &&
	    (WEXITSTATUS(wait_status) == EXIT_NOT_EXECUTED || WEXITSTATUS(wait_status) == EXIT_NOT_FOUND))
		return reason_set(seat->crew->reason, -ECHILD, "%s for worker %u: the shell could not run %s", call,
				  seat->rank, TINY_STATIC_PROGRAM);
	return process_verdict(seat, wait_status);
}
