/* SPDX-License-Identifier: MIT */
/*
 * The program tvp-peer-NAME around one peer: WORKERS is its argument. It says "ready" when its pool is up; for a line
 * "ENTRY TASKS CHUNK" it squares the numbers 0 … TASKS - 1 and answers "WALL_NS CHECKSUM", or "error TEXT". It ends
 * with its standard input. PEER is the descriptor's symbol.
 */
#include "peer/common/peer.h"

#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "core/clock.h"

enum { EXIT_USAGE = 2, WORKERS_MAX = 65536, WARM_UP_TASKS = 64 };

#define TASKS_MAX (UINT64_C(1) << 28)

extern const struct peer PEER;

static uint64_t *inputs, *outputs;
static size_t room;

/* Room for so many numbers; those that are there stay. */
static bool reserve(size_t tasks)
{
	uint64_t *more_inputs, *more_outputs;

	if (tasks <= room)
		return true;
	more_inputs = realloc(inputs, tasks * sizeof(*inputs));
	inputs = more_inputs ? more_inputs : inputs;
	more_outputs = realloc(outputs, tasks * sizeof(*outputs));
	outputs = more_outputs ? more_outputs : outputs;
	if (!more_inputs || !more_outputs)
		return false;
	room = tasks;
	return true;
}

static const char *prepare(size_t tasks)
{
	if (!reserve(tasks))
		return "no memory for so many tasks";
	for (size_t i = 0; i < tasks; i++) {
		inputs[i] = i;
		/* not what an earlier batch has left there */
		outputs[i] = UINT64_MAX;
	}
	return PEER.reserve ? PEER.reserve(tasks) : NULL;
}

/* Runs one batch; NULL, or what is wrong. */
static const char *run(const struct peer_entry *entry, struct peer_batch batch, uint64_t *wall_ns, uint64_t *checksum)
{
	const char *wrong = prepare(batch.tasks);
	uint64_t begin_ns;

	if (wrong)
		return wrong;
	batch.inputs = inputs;
	batch.outputs = outputs;
	begin_ns = clock_now_ns();
	entry->run(&batch);
	*wall_ns = clock_now_ns() - begin_ns;
	*checksum = 0;
	for (size_t i = 0; i < batch.tasks; i++)
		*checksum += outputs[i];
	return NULL;
}

static const char *answer(const char *line, unsigned workers, uint64_t *wall_ns, uint64_t *checksum)
{
	uint64_t tasks, chunk;
	char name[32], rest;

	if (sscanf(line, "%31s %" SCNu64 " %" SCNu64 " %c", name, &tasks, &chunk, &rest) != 3)
		return "not \"ENTRY TASKS CHUNK\"";
	if (tasks < 1 || tasks > TASKS_MAX || chunk > TASKS_MAX)
		return "TASKS must be 1 to 2^28, CHUNK 0 to 2^28";
	for (const struct peer_entry *entry = PEER.entries; entry->name; entry++)
		if (strcmp(entry->name, name) == 0)
			return run(entry, (struct peer_batch){NULL, NULL, tasks, chunk, workers}, wall_ns, checksum);
	return "no such ENTRY here";
}

/* A number of workers, or 0. */
static unsigned parse_workers(const char *text)
{
	char *end;
	unsigned long workers = strtoul(text, &end, 10);

	return *text < '0' || *text > '9' || *end || workers > WORKERS_MAX ? 0 : (unsigned)workers;
}

/* The first batch of a pool is not like the others: threads may come to exist only then. */
static const char *start(unsigned workers)
{
	const char *wrong = PEER.start ? PEER.start(workers) : NULL;
	struct peer_batch batch = {.tasks = (size_t)workers * WARM_UP_TASKS, .chunk = 1, .workers = workers};
	uint64_t wall_ns, checksum;

	return wrong ? wrong : run(PEER.entries, batch, &wall_ns, &checksum);
}

int main(int argc, char **argv)
{
	unsigned workers = argc == 2 ? parse_workers(argv[1]) : 0;
	uint64_t wall_ns = 0, checksum = 0;
	char *line = NULL;
	size_t size = 0;
	const char *wrong;

	if (workers == 0) {
		fprintf(stderr, "usage: tvp-peer-%s WORKERS, a number from 1 to %d\n", PEER.name, WORKERS_MAX);
		return EXIT_USAGE;
	}
	/* Whoever asks may be killed in the middle of a batch. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	wrong = start(workers);
	if (wrong) {
		printf("error %s\n", wrong);
		return EXIT_FAILURE;
	}
	puts("ready");
	fflush(stdout);
	while (getline(&line, &size, stdin) > 0) {
		wrong = answer(line, workers, &wall_ns, &checksum);
		if (wrong)
			printf("error %s\n", wrong);
		else
			printf("%" PRIu64 " %" PRIu64 "\n", wall_ns, checksum);
		fflush(stdout);
	}
	return EXIT_SUCCESS;
}
