/* SPDX-License-Identifier: MIT */
/*
 * Workers that are brought up and reaped again and again, by every executor and subject: no process, running or dead, no
 * descriptor, no mapping and no memory is left of them.
 *
 * Usage: create-leaks [--creations N] [--subject NAME]
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../pool/held.h"
#include "../unit/creations.h"
#include "../unit/resources.h"

/* The C library keeps stacks and heaps for the next time, and where it puts them varies. A page lost in each of four
 * hundred creations would be more than what is allowed. */
enum { CREATIONS = 400, CREATIONS_SANITIZED = 40, WARMUPS = 50, GROWTH_MAX_BYTES = 1 << 20, MAPPINGS_MAX = 24 };

static uint64_t number = HELD_SANITIZED ? CREATIONS_SANITIZED : CREATIONS;
static const char *wanted;

struct holdings {
	int descriptors, threads, mappings, processes, zombies;
	uint64_t resident_bytes;
};

/* Processes of this one's process group that have ended and that nobody has reaped. */
static int zombies_now(void)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	int count = 0;

	while (processes && (entry = readdir(processes))) {
		char path[300], status[512] = "", process_state;
		FILE *file;
		int group;

		snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
		file = entry->d_name[0] >= '1' && entry->d_name[0] <= '9' ? fopen(path, "re") : NULL;
		if (!file)
			continue;
		if (fgets(status, sizeof(status), file) && strrchr(status, ')') &&
		    sscanf(strrchr(status, ')'), ") %c %*d %d", &process_state, &group) == 2)
			count += group == getpgrp() && process_state == 'Z';
		fclose(file);
	}
	if (processes)
		closedir(processes);
	return count;
}

static struct holdings holdings_now(void)
{
	return (struct holdings){.descriptors = resources_descriptors(),
				 .threads = resources_threads(),
				 .mappings = resources_mappings(""),
				 .processes = resources_group(),
				 .zombies = zombies_now(),
				 .resident_bytes = held_resident_bytes()};
}

static _Noreturn void fail(const struct executor *executor, const char *what, long long value)
{
	fprintf(stderr, "create-leaks: %s: %s (%lld)\n", executor->name, what, value);
	exit(1);
}

static void check(const struct executor *executor, const struct holdings *before, const struct holdings *after)
{
	if (after->descriptors != before->descriptors)
		fail(executor, "descriptors more than before", after->descriptors - before->descriptors);
	if (after->threads > before->threads)
		fail(executor, "threads more than before", after->threads - before->threads);
	if (after->mappings - before->mappings > MAPPINGS_MAX)
		fail(executor, "mappings more than before", after->mappings - before->mappings);
	if (after->processes > before->processes)
		fail(executor, "processes more than before", after->processes - before->processes);
	if (after->zombies)
		fail(executor, "zombies", after->zombies);
	if (!HELD_SANITIZED && after->resident_bytes > before->resident_bytes + GROWTH_MAX_BYTES)
		fail(executor, "resident bytes more than before",
		     (long long)(after->resident_bytes - before->resident_bytes));
}

/* Some are waited for as soon as they are done, as the shape does. */
static void create(struct creations *creations, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		int error = creations_once(creations, i % 4 == 3);

		if (error)
			fail(creations->crew.executor, creations->crew.reason, error);
	}
}

static void run(const struct executor *executor)
{
	struct holdings before, after;
	struct creations creations;
	uint64_t begin_ns, taken_ns;
	int error = creations_init(&creations, executor, 1);

	if (error)
		fail(executor, creations.crew.reason, error);
	create(&creations, WARMUPS);
	resources_threads_settled(1);
	before = holdings_now();
	begin_ns = clock_now_ns();
	create(&creations, number);
	taken_ns = clock_now_ns() - begin_ns;
	/* One that nobody joins may take a moment to end. */
	resources_threads_settled(before.threads);
	after = holdings_now();
	printf("%-17s  %llu creations of %.1f us; mappings %+d, resident memory %+lld KiB\n", executor->name,
	       (unsigned long long)number, (double)taken_ns / 1e3 / (double)number, after.mappings - before.mappings,
	       ((long long)after.resident_bytes - (long long)before.resident_bytes) / 1024);
	fflush(stdout);
	check(executor, &before, &after);
	creations_exit(&creations);
	if (!resources_no_children() || resources_group() != 1)
		fail(executor, "processes are left", resources_group() - 1);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"creations", required_argument, NULL, 'c'}, {"subject", required_argument, NULL, 's'}, {0}};
	const struct executor *executor;
	char reason[REASON_BYTES];
	unsigned found = 0;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (option == 'c')
			number = strtoull(optarg, NULL, 10);
		else if (option == 's')
			wanted = optarg;
		else
			return 2;
	setpgid(0, 0);
	for (size_t i = 0; number && optind == argc && (executor = creations_executor(i)); i++) {
		if (wanted && strcmp(wanted, executor->name) != 0)
			continue;
		found++;
		alarm(60 + (unsigned)(number / 20));
		if (executor->probe && executor->probe(reason) != 0)
			printf("%-17s  skipped: %s\n", executor->name, reason);
		else
			run(executor);
	}
	if (!found)
		fprintf(stderr, "Usage: create-leaks [--creations N] [--subject NAME]\n");
	return found ? 0 : 2;
}
