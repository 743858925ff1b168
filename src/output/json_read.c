/* SPDX-License-Identifier: MIT */
/* Feeds jansson piece by piece and counts along, so that no file, however hostile, takes up all memory. */
#include "output/json_read.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "core/workload.h"
#include "output/text.h"

static const char advice[] = "copy the folder again, or measure anew with `tvp run`";

/* How far the text has been handed over. What is not JSON is counted too, in some way: jansson refuses it. */
struct source {
	int fd;
	int error;           /* of read */
	const char *problem; /* NULL: within the limits */
	size_t bytes, values, text_bytes, line, column;
	bool quoted, escaped;
};

static void count(struct source *source, char byte)
{
	source->column++;
	if (byte == '\n') {
		source->line++;
		source->column = 0;
	}
	if (source->quoted) {
		source->text_bytes++;
		if (byte == '"' && !source->escaped)
			source->quoted = false;
		source->escaped = byte == '\\' && !source->escaped;
	} else if (byte == '"') {
		source->quoted = true;
		source->text_bytes = 0;
	} else if (byte == ',' || byte == '[' || byte == '{') {
		source->values++;
	}
	if (source->text_bytes > JSON_READ_TEXT_BYTES)
		source->problem = "a text is longer than 64 KiB";
	else if (source->values > JSON_READ_VALUES)
		source->problem = "there are more values than any run has (2 million)";
	else if (++source->bytes > JSON_READ_BYTES)
		source->problem = "it is larger than any run's (128 MiB)";
}

/* jansson asks for the next piece. Its length; 0 at the end, and where reading on would be wrong. */
static size_t feed(void *buffer, size_t room, void *context)
{
	struct source *source = context;
	const char *bytes = buffer;
	ssize_t got;

	if (source->error || source->problem)
		return 0;
	do
		got = read(source->fd, buffer, room);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		source->error = -errno;
	for (ssize_t i = 0; i < got && !source->problem; i++)
		count(source, bytes[i]);
	return source->error || source->problem ? 0 : (size_t)got;
}

static int refuse(const struct source *source, const char *name, const json_error_t *problem, char *reason)
{
	char brief[TEXT_BRIEF_BYTES];

	if (source->error)
		return reason_set(reason, source->error, "%s: cannot be read: %s", name, strerror(-source->error));
	if (source->problem)
		return reason_set(reason, -EINVAL, "%s: line %zu, column %zu: %s; %s", name, source->line,
				  source->column, source->problem, advice);
	if (json_error_code(problem) == json_error_out_of_memory || !*problem->text)
		return reason_set(reason, -ENOMEM, "%s: out of memory", name);
	return reason_set(reason, -EINVAL, "%s: line %d, column %d: %s; %s", name, problem->line, problem->column,
			  text_brief(problem->text, brief), advice);
}

int json_read(int fd, const char *name, json_t **root, char *reason)
{
	struct source source = {.fd = fd, .line = 1};
	json_error_t problem = {0};
	json_t *read = json_load_callback(feed, &source, JSON_REJECT_DUPLICATES, &problem);

	if (!read)
		return refuse(&source, name, &problem, reason);
	*root = read;
	return 0;
}
