/* SPDX-License-Identifier: MIT */
/* Replaces a file in one step: written beside the old one, then renamed over it. */
#include "output/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/workload.h"
#include "output/csv.h"

static const char advice[] = "free some space there or choose another folder with --out";

static void release(struct replacement *replacement)
{
	free(replacement->path);
	free(replacement->temporary);
	*replacement = (struct replacement){0};
}

int replace_begin(struct replacement *replacement, const char *folder, const char *name, char *reason)
{
	int fd, error;

	*replacement = (struct replacement){0};
	if (asprintf(&replacement->path, "%s/%s", folder, name) < 0)
		replacement->path = NULL;
	if (asprintf(&replacement->temporary, "%s/%s.new", folder, name) < 0)
		replacement->temporary = NULL;
	if (!replacement->path || !replacement->temporary) {
		release(replacement);
		return reason_set(reason, -ENOMEM, "%s: out of memory", name);
	}
	/* What is in the way was left by a run that was killed, or put there by a stranger to be written through. */
	unlink(replacement->temporary);
	fd = open(replacement->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	replacement->stream = fd < 0 ? NULL : fdopen(fd, "w");
	if (!replacement->stream) {
		error = reason_set(reason, -errno, "cannot create %s: %s; %s", replacement->temporary, strerror(errno),
				   advice);
		if (fd >= 0)
			close(fd);
		release(replacement);
		return error;
	}
	return 0;
}

int replace_end(struct replacement *replacement, int error, char *reason)
{
	bool failed = ferror(replacement->stream) != 0;

	if (fflush(replacement->stream) != 0)
		failed = true;
	if (!error && failed)
		error = reason_set(reason, errno ? -errno : -EIO, "cannot write %s: %s; %s", replacement->temporary,
				   strerror(errno), advice);
	fclose(replacement->stream);
	if (!error && rename(replacement->temporary, replacement->path) != 0)
		error = reason_set(reason, -errno, "cannot rename %s to %s: %s; %s", replacement->temporary,
				   replacement->path, strerror(errno), advice);
	if (error)
		unlink(replacement->temporary);
	release(replacement);
	return error;
}

int replace_with_rows(const char *folder, const char *name, const struct csv_buffer *rows, char *reason)
{
	struct replacement file;
	int error;

	if (rows->error)
		return reason_set(reason, rows->error, "%s: out of memory", name);
	error = replace_begin(&file, folder, name, reason);
	if (error)
		return error;
	fwrite(rows->text, 1, rows->used, file.stream);
	return replace_end(&file, 0, reason);
}
