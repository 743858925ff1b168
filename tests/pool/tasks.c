/* SPDX-License-Identifier: MIT */
/* The tasks and the initializer that the tests' pools run. */
#include "tasks.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int square(struct tvp_worker *worker, const uint64_t *input, uint64_t *output)
{
	*output = *input * *input;
	return 0;
}

TVP_TASK(square, uint64_t, uint64_t);

static void hold(struct ledger *ledger)
{
	atomic_fetch_add(&ledger->holding, 1);
	while (!atomic_load(&ledger->open))
		usleep(500);
}

static int act(struct tvp_worker *worker, const struct act *input, uint64_t *output)
{
	struct ledger *ledger = tvp_worker_at(worker, input->ledger);

	atomic_fetch_add(&ledger->runs[input->index], 1);
	atomic_fetch_add(&ledger->begun, 1);
	switch (input->kind) {
	case ACT_FAIL:
		return -(int)input->value;
	case ACT_HOLD:
		hold(ledger);
		break;
	case ACT_SLEEP:
		usleep((useconds_t)input->value);
		break;
	case ACT_KILL:
		kill(getpid(), SIGKILL);
		break;
	case ACT_ABORT:
		abort();
	case ACT_EXIT_0:
		_exit(0);
	case ACT_EXIT_3:
		_exit(3);
	default:
		break;
	}
	*output = input->value * input->value;
	return 0;
}

TVP_TASK(act, struct act, uint64_t);

static int act_single(struct tvp_worker *worker, const void *input, size_t input_bytes, void *output,
		      size_t output_bytes)
{
	return act(worker, input, output);
}

static const struct tvp_task act_single_task = {
	.name = "act_single",
	.input_bytes = sizeof(struct act),
	.output_bytes = sizeof(uint64_t),
	.run = act_single,
};

/* FNV-1a over the input (and its length), spread over the output; about a fifth of all inputs fail. */
int tasks_mixed(struct tvp_worker *worker, const void *input, size_t input_bytes, void *output, size_t output_bytes)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ input_bytes;

	for (size_t i = 0; i < input_bytes; i++)
		hash = (hash ^ ((const unsigned char *)input)[i]) * UINT64_C(0x100000001b3);
	for (size_t i = 0; i < output_bytes; i++)
		((unsigned char *)output)[i] = (unsigned char)((hash >> (i % 8 * 8)) + i);
	return hash % 5 == 0 ? -(int)(1 + hash % 100) : 0;
}

static const struct tvp_task mixed_task = {
	.name = "mixed",
	.input_bytes = SIZE_MAX,
	.output_bytes = SIZE_MAX,
	.run = tasks_mixed,
};

static int whoami(struct tvp_worker *worker, const uint64_t *input, struct whoami *output)
{
	cpu_set_t *set = CPU_ALLOC(CPU_SETSIZE * 8);
	size_t bytes = CPU_ALLOC_SIZE(CPU_SETSIZE * 8);

	if (!set)
		return -ENOMEM;
	output->rank = worker->rank;
	output->pid = (uint64_t)getpid();
	output->state = worker->state ? *(const uint64_t *)worker->state : 0;
	output->bound_to = sched_getaffinity(0, bytes, set) == 0 ? (uint64_t)CPU_COUNT_S(bytes, set) : 0;
	CPU_FREE(set);
	return 0;
}

TVP_TASK(whoami, uint64_t, struct whoami);

/* The number of lines that the file has with this one, or a negative errno. */
static int diary_write(const struct diary *diary, char what)
{
	const char line[] = {what, '\n'};
	struct stat status;
	int fd = open(diary->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	int error = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, line, sizeof(line)) != sizeof(line) || fstat(fd, &status) < 0)
		error = -EIO;
	close(fd);
	return error ? error : (int)(status.st_size / (off_t)sizeof(line));
}

struct diary_state {
	uint64_t value; /* first, for whoami */
	struct diary diary;
};

static int diary_begin(struct tvp_worker *worker, const void *argument, size_t argument_bytes)
{
	const struct diary *diary = argument;
	struct diary_state *state;
	int line;

	if (argument_bytes != sizeof(*diary))
		return -EINVAL;
	line = diary_write(diary, 'b');
	if (line < 0)
		return line;
	if ((uint32_t)line > diary->after) {
		if (diary->kind == DIARY_FAIL)
			return -(int)diary->value;
		if (diary->kind == DIARY_ABORT)
			abort();
		if (diary->kind == DIARY_EXIT_0)
			_exit(0);
	}
	state = malloc(sizeof(*state));
	if (!state)
		return -ENOMEM;
	*state = (struct diary_state){.value = diary->value, .diary = *diary};
	worker->state = state;
	return 0;
}

static void diary_end(struct tvp_worker *worker)
{
	struct diary_state *state = worker->state;

	diary_write(&state->diary, 'e');
	free(state);
}

static const struct tvp_initializer diary_initializer = {.name = "diary", .begin = diary_begin, .end = diary_end};

const struct tvp_registry tasks_registry = {
	.tasks = (const struct tvp_task *const[]){&square_task, &act_task, &act_single_task, &mixed_task, &whoami_task,
						  NULL},
	.initializers = (const struct tvp_initializer *const[]){&diary_initializer, NULL},
};

unsigned tasks_diary_lines(const struct diary *diary, char first)
{
	FILE *file = fopen(diary->path, "re");
	unsigned count = 0;
	int c;

	if (!file)
		return 0;
	while ((c = getc(file)) != EOF)
		count += c == first;
	fclose(file);
	return count;
}

struct ledger *tasks_ledger(struct tvp_pool *pool, size_t count)
{
	size_t bytes = sizeof(struct ledger) + count * sizeof(uint32_t);
	void *memory;

	if (tvp_pool_alloc(pool, bytes, &memory))
		return NULL;
	return memset(memory, 0, bytes);
}

void tasks_await_held(const struct ledger *ledger, uint32_t count)
{
	while (atomic_load(&ledger->holding) < count)
		usleep(500);
}
