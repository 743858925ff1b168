/* SPDX-License-Identifier: MIT */
/* The folder of a run while it goes on: made once, then whole blocks are appended to samples.csv. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output/csv_append.h"
#include "output/output.h"
#include "output/samples_write.h"

/* Makes the folders above the last part of `path`. */
static int make_parents(const char *path, char *reason)
{
	char *copy = strdup(path);
	int error = copy ? 0 : reason_set(reason, -ENOMEM, "%s: out of memory", path);

	for (char *slash = copy; !error && slash && (slash = strchr(slash + 1, '/'));) {
		*slash = '\0';
		if (mkdir(copy, 0777) != 0 && errno != EEXIST && errno != EISDIR)
			error = reason_set(reason, -errno,
					   "cannot create the folder %s: %s; choose another place with --out", copy,
					   strerror(errno));
		*slash = '/';
	}
	free(copy);
	return error;
}

static int make_folder(const char *path, char *reason)
{
	int error = make_parents(path, reason);

	if (error)
		return error;
	if (mkdir(path, 0777) == 0)
		return 0;
	if (errno == EEXIST)
		return reason_set(
			reason, -EEXIST,
			"%s is there already, and a run never overwrites another; choose a new folder with --out",
			path);
	return reason_set(reason, -errno, "cannot create the folder %s: %s; choose another place with --out", path,
			  strerror(errno));
}

/* May this be one step of a path? */
static bool is_plain_name(const char *name)
{
	return *name && *name != '.' && !strchr(name, '/');
}

static int name_folder(const char *out, const char *machine_id, const char *run_id, char **path, char *reason)
{
	size_t length;

	if (out) {
		*path = strdup(out);
	} else if (!is_plain_name(machine_id) || !is_plain_name(run_id)) {
		return reason_set(reason, -EINVAL,
				  "cannot name a folder after machine \"%.80s\" and run \"%.80s\": "
				  "choose a --machine-name without '/' and without '.' in front",
				  machine_id, run_id);
	} else if (asprintf(path, "results/%s/%s", machine_id, run_id) < 0) {
		*path = NULL;
	}
	if (!*path)
		return reason_set(reason, -ENOMEM, "naming the run's folder: out of memory");
	for (length = strlen(*path); length > 1 && (*path)[length - 1] == '/'; length--)
		(*path)[length - 1] = '\0';
	return 0;
}

/* Writes all, or cuts the file back to what it was. The reason says what to do. */
static int write_whole(struct run_folder *folder, const struct csv_buffer *rows, char *reason)
{
	int error = csv_write_all(folder->samples_fd, rows);

	if (!error) {
		folder->samples_bytes += rows->used;
		return 0;
	}
	reason_set(reason, error,
		   "cannot write block %u to %s/samples.csv: %s; the blocks before it are whole; free some "
		   "space there or choose another folder with --out",
		   folder->blocks, folder->path, strerror(-error));
	if (ftruncate(folder->samples_fd, (off_t)folder->samples_bytes) != 0)
		reason_set(reason, error,
			   "cannot write block %u to %s/samples.csv (%s), nor cut its beginning off again "
			   "(%s); run.json says how much of the file is whole",
			   folder->blocks, folder->path, strerror(-error), strerror(errno));
	return error;
}

static int create_samples(struct run_folder *folder, char *reason)
{
	struct csv_buffer header = {0};
	char *path;
	int error;

	if (asprintf(&path, "%s/samples.csv", folder->path) < 0)
		return reason_set(reason, -ENOMEM, "%s: out of memory", folder->path);
	folder->samples_fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
	if (folder->samples_fd < 0) {
		error = reason_set(reason, -errno, "cannot create %s: %s; choose another folder with --out", path,
				   strerror(errno));
		goto free_path;
	}
	samples_write_header(&header);
	error = header.error ? reason_set(reason, header.error, "%s: out of memory", path)
			     : write_whole(folder, &header, reason);
	csv_buffer_exit(&header);
	if (error) {
		close(folder->samples_fd);
		unlink(path);
	}
free_path:
	free(path);
	return error;
}

int run_folder_create(struct run_folder *folder, const char *out, const char *machine_id, const char *run_id,
		      char *reason)
{
	struct run_folder made = {.samples_fd = -1};
	int error = name_folder(out, machine_id, run_id, &made.path, reason);

	if (error)
		return error;
	error = make_folder(made.path, reason);
	if (error)
		goto free_path;
	error = create_samples(&made, reason);
	if (error)
		goto remove_folder;
	*folder = made;
	return 0;

remove_folder:
	rmdir(made.path);
free_path:
	free(made.path);
	return error;
}

void run_folder_exit(struct run_folder *folder)
{
	if (folder->samples_fd >= 0)
		close(folder->samples_fd);
	free(folder->path);
	*folder = (struct run_folder){.samples_fd = -1};
}

int run_folder_append(struct run_folder *folder, const struct run_record *record,
		      const struct measurement *measurements, size_t count, char *reason)
{
	struct csv_buffer rows = {0};
	int error;

	for (size_t i = 0; i < count; i++)
		samples_write(&rows, record, &measurements[i]);
	error = rows.error ? reason_set(reason, rows.error, "block %u: out of memory", folder->blocks)
			   : write_whole(folder, &rows, reason);
	csv_buffer_exit(&rows);
	if (!error)
		folder->blocks++;
	return error;
}
