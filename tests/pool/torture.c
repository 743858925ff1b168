/* SPDX-License-Identifier: MIT */
/*
 * Kills workers at random moments while a stream of work goes through a pool by every entry point, and checks what came
 * of each task: begun at most once, done with the right result or told to be lost, and no more lost than were killed.
 *
 * Usage: pool-torture [--kills N] [--executor NAME] [--entry NAME] [--workers N] [--seed N]
 */
#include <errno.h>
#include <getopt.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../unit/resources.h"
#include "core/clock.h"
#include "core/executor.h"
#include "entries.h"
#include "yard.h"

static struct settings {
	uint64_t kills, seed;
	const char *executor, *entry;
	unsigned workers;
} settings = {.kills = 300, .workers = 3};

static char yard_path[YARD_PATH_BYTES];
static struct yard *yard;
static uint64_t random_state;

static uint64_t random_below(uint64_t limit)
{
	return yard_random(&random_state, limit);
}

static _Noreturn void give_up(const char *what, const char *why)
{
	fprintf(stderr, "pool-torture: %s: %s (--seed %llu)\n", what, why, (unsigned long long)settings.seed);
	exit(1);
}

/* One piece of work: its tasks and what came of them. */
static struct chore chores[YARD_TASKS_MAX];
static uint64_t outputs[YARD_TASKS_MAX];
static int errors[YARD_TASKS_MAX];

static void *shared(struct tvp_pool *pool, size_t bytes)
{
	void *memory;
	int error = tvp_pool_alloc(pool, bytes, &memory);

	if (error)
		give_up("tvp_pool_alloc", strerror(-error));
	return memory;
}

static uint64_t lost_so_far(const struct tvp_pool *pool)
{
	struct tvp_pool_counts counts;

	tvp_pool_counts(pool, &counts);
	return counts.lost;
}

/* Task i by its own account; `told`: the entry tells errors. Returns whether it was not done. */
static int check_task(const struct entry *entry, const struct tvp_map *map, size_t i)
{
	uint32_t runs = atomic_load(&yard->runs[i]);
	uint64_t expected = yard_expected(&chores[i]);
	char what[192];

	snprintf(what, sizeof(what),
		 "%s, task %zu of %zu, schedule %d, chunk %zu, payload %d: begun %u times, error %d", entry->name, i,
		 map->count, (int)map->schedule, map->chunk, (int)map->payload, runs, errors[i]);
	if (runs > 1)
		give_up(what, "begun more than once");
	if (!entry->tells_errors)
		return outputs[i] != expected;
	if (errors[i] == -EOWNERDEAD)
		return 1;
	if (errors[i] != 0)
		give_up(what, "neither done nor lost");
	if (runs != 1 || outputs[i] != expected)
		give_up(what, "said to be done, but is not");
	return 0;
}

/* `lost` is what the pool has counted, and what is returned. */
static uint64_t check_work(const struct entry *entry, const struct tvp_map *map, int64_t failed, uint64_t lost)
{
	uint64_t missing = 0;
	char what[96];

	for (size_t i = 0; i < map->count; i++)
		missing += (uint64_t)check_task(entry, map, i);
	if (failed < 0)
		give_up(entry->name, strerror((int)-failed));
	snprintf(what, sizeof(what), "%s: %lld failed, %llu with errors, %llu counted", entry->name, (long long)failed,
		 (unsigned long long)missing, (unsigned long long)lost);
	if (entry->tells_errors && ((uint64_t)failed != missing || lost != missing))
		give_up(what, "the three should be one number");
	/* A task may have been lost after its output was written. */
	if (missing > lost)
		give_up(entry->name, "lost tasks without telling");
	return lost;
}

/* What came of all work so far. Tasks whose outputs come through a pipe are lost by claims, all others one by one. */
static struct {
	uint64_t tasks, lost, lost_in_pipes;
} sums;

static void run_work(struct tvp_pool *pool, const struct entry *entry, uint64_t stamp)
{
	static const enum tvp_payload payloads[] = {TVP_PAYLOAD_AUTO, TVP_PAYLOAD_SHARED, TVP_PAYLOAD_COPY,
						    TVP_PAYLOAD_PIPE};
	struct tvp_map map = {
		.task = "chore",
		.count = 1 + random_below(random_below(4) ? YARD_TASKS_MAX : 8),
		.inputs = chores,
		.input_bytes = sizeof(*chores),
		.outputs = outputs,
		.output_bytes = sizeof(*outputs),
		.errors = errors,
		.schedule = (enum tvp_schedule)random_below(TVP_SCHEDULE_COUNT),
		.payload = payloads[random_below(4)],
		.chunk = random_below(20),
	};
	void *shared_inputs = NULL, *shared_outputs = NULL;
	uint64_t before = lost_so_far(pool);
	uint64_t lost;
	int64_t failed;

	for (size_t i = 0; i < map.count; i++) {
		chores[i] = (struct chore){.value = yard_mix(stamp << 20 | i),
					   .index = (uint32_t)i,
					   .turns = (uint32_t)random_below(random_below(50) ? 50 : 20000)};
		atomic_store(&yard->runs[i], 0);
		outputs[i] = 0;
		errors[i] = -EDOM;
	}
	if (map.payload == TVP_PAYLOAD_SHARED) {
		map.inputs = shared_inputs = shared(pool, map.count * map.input_bytes);
		map.outputs = shared_outputs = shared(pool, map.count * map.output_bytes);
		memcpy(shared_inputs, chores, map.count * map.input_bytes);
		memset(shared_outputs, 0, map.count * map.output_bytes);
	}
	failed = entry->run(pool, &map);
	if (shared_outputs)
		memcpy(outputs, shared_outputs, map.count * map.output_bytes);
	lost = check_work(entry, &map, failed, lost_so_far(pool) - before);
	sums.tasks += map.count;
	*(entry->maps && map.payload == TVP_PAYLOAD_PIPE ? &sums.lost_in_pipes : &sums.lost) += lost;
	tvp_pool_free(pool, shared_inputs);
	tvp_pool_free(pool, shared_outputs);
}

static struct tvp_pool *pool_open(const struct executor *executor)
{
	struct tvp_pool_options options = {0};
	char reason[TVP_REASON_BYTES];
	struct tvp_pool *pool;

	options.executor = executor->name;
	options.workers = settings.workers;
	options.registry = &yard_registry;
	options.initializer = "yard";
	options.argument = yard_path;
	options.argument_bytes = sizeof(yard_path);
	options.queue_tasks = 500;
	options.pipes = 1;
	if (tvp_pool_create(&pool, &options, reason))
		give_up(executor->name, reason);
	return pool;
}

/* Any, or the one that is asked for. */
static const struct entry *entry_choose(void)
{
	unsigned count = 0;

	for (; entry_table[count].name; count++)
		if (settings.entry && strcmp(settings.entry, entry_table[count].name) == 0)
			return &entry_table[count];
	if (settings.entry)
		give_up(settings.entry, "there is no such entry point");
	return &entry_table[random_below(count)];
}

static void torture(const struct executor *executor, uint64_t kills)
{
	struct tvp_pool_counts counts = {0};
	struct tvp_pool *pool;
	uint64_t begin_ns = clock_now_ns(), stamp = 0;
	pid_t killer;
	int status;

	memset(yard, 0, sizeof(*yard));
	memset(&sums, 0, sizeof(sums));
	pool = pool_open(executor);
	killer = yard_killer(yard, settings.workers, yard_mix(settings.seed + 1));
	if (killer < 0)
		give_up("the killer", strerror(errno));
	while (counts.replaced < kills) {
		run_work(pool, entry_choose(), ++stamp);
		tvp_pool_counts(pool, &counts);
		if (sums.lost > atomic_load(&yard->kills))
			give_up(executor->name, "lost more tasks than workers were killed");
	}
	atomic_store(&yard->stop, 1);
	if (waitpid(killer, &status, 0) != killer || status)
		give_up(executor->name, "the killer did not end well");
	/* The last kills may take effect in the first of these; after that, all is well. */
	for (int i = 0; i < 3; i++)
		run_work(pool, &entry_table[0], ++stamp);
	tvp_pool_counts(pool, &counts);
	run_work(pool, &entry_table[0], ++stamp);
	if (lost_so_far(pool) != counts.lost)
		give_up(executor->name, "loses tasks when nobody is killed");
	tvp_pool_destroy(pool);
	printf("%-10s  %llu kills, %llu workers replaced, %llu tasks, %llu lost, and %llu in pipes, %.1f s\n",
	       executor->name, (unsigned long long)yard->kills, (unsigned long long)counts.replaced,
	       (unsigned long long)sums.tasks, (unsigned long long)sums.lost, (unsigned long long)sums.lost_in_pipes,
	       (double)(clock_now_ns() - begin_ns) / 1e9);
	fflush(stdout);
}

static uint64_t number(const char *text)
{
	char *end;
	unsigned long long value = strtoull(text, &end, 10);

	if (end == text || *end) {
		fprintf(stderr, "pool-torture: \"%s\" is not a number\n", text);
		exit(2);
	}
	return value;
}

static void parse(int argc, char **argv)
{
	static const struct option options[] = {
		{"kills", required_argument, NULL, 'k'}, {"executor", required_argument, NULL, 'e'},
		{"entry", required_argument, NULL, 'n'}, {"workers", required_argument, NULL, 'w'},
		{"seed", required_argument, NULL, 's'},  {0}};
	int option;

	settings.seed = clock_now_ns();
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 'k':
			settings.kills = number(optarg);
			break;
		case 'e':
			settings.executor = optarg;
			break;
		case 'n':
			settings.entry = optarg;
			break;
		case 'w':
			settings.workers = (unsigned)number(optarg);
			break;
		case 's':
			settings.seed = number(optarg);
			break;
		default:
			exit(2);
		}
	if (!settings.workers || settings.workers > YARD_WORKERS_MAX || optind != argc) {
		fprintf(stderr, "Usage: pool-torture [--kills N] [--executor NAME] [--entry NAME] [--workers 1…64] "
				"[--seed N]\n");
		exit(2);
	}
}

static int wanted(const struct executor *executor)
{
	return executor->sharing != SHARING_SAME &&
	       (!settings.executor || strcmp(executor->name, settings.executor) == 0);
}

int main(int argc, char **argv)
{
	const struct rlimit none = {0, 0};
	unsigned executors = 0;
	int descriptors;

	tvp_pool_worker(argc, argv, &yard_registry);
	parse(argc, argv);
	setrlimit(RLIMIT_CORE, &none);
	setpgid(0, 0);
	random_state = settings.seed;
	printf("seed %llu\n", (unsigned long long)settings.seed);
	fflush(stdout);
	yard = yard_make(yard_path);
	if (!yard)
		give_up(yard_path, strerror(errno));
	descriptors = resources_descriptors();
	for (const struct executor *const *executor = executor_table; *executor; executor++)
		executors += (unsigned)wanted(*executor);
	if (!executors)
		give_up(settings.executor ? settings.executor : "no executor", "has no processes to kill");
	/* Two minutes, and a second for each of ten kills: what takes longer hangs. */
	alarm(120 + (unsigned)(settings.kills / 10));
	for (const struct executor *const *executor = executor_table; *executor; executor++)
		if (wanted(*executor))
			torture(*executor, (settings.kills + executors - 1) / executors);
	if (!resources_no_children() || resources_group() != 1)
		give_up("the end", "processes were left behind");
	if (resources_descriptors() != descriptors || resources_mappings("memfd:") != 0)
		give_up("the end", "descriptors or mappings were left behind");
	return 0;
}
