/* SPDX-License-Identifier: MIT */
/* A plan as text: groups with their executors and worker counts, then the estimate. */
#include "cli/dry_run.h"

#include <stdbool.h>
#include <string.h>

#include "core/clock.h"

/* Of the longest name in the plan. */
static int name_width(const struct plan *plan)
{
	size_t width = 11;

	for (unsigned i = 0; i < plan->cell_count; i++)
		if (strlen(plan->cells[i].executor->name) > width)
			width = strlen(plan->cells[i].executor->name);
	return (int)width;
}

static bool same_fate(const struct cell *a, const struct cell *b)
{
	return a->skip && b->skip ? strcmp(a->skip, b->skip) == 0 : a->skip == b->skip;
}

/* Cells of one group that differ only in their worker count share a line; its heading has the placement, unless they are
 * compared by that. */
static unsigned print_line(FILE *stream, const struct plan *plan, unsigned first, int width)
{
	const struct cell *cell = &plan->cells[first];
	unsigned next = first;

	fprintf(stream, "    %-*s workers", width, cell->executor->name);
	while (next < plan->cell_count && plan->cells[next].group == cell->group &&
	       plan->cells[next].executor == cell->executor && same_fate(&plan->cells[next], cell) &&
	       strcmp(plan->cells[next].placement, cell->placement) == 0) {
		if (next == first || plan->cells[next].workers != plan->cells[next - 1].workers)
			fprintf(stream, " %u", plan->cells[next].workers);
		next++;
	}
	if (cell->experiment->placements_compared)
		fprintf(stream, "  placed %s", cell->placement);
	if (cell->experiment->replicates > 1)
		fprintf(stream, "  (the same cell %u times)", cell->experiment->replicates);
	if (cell->skip)
		fprintf(stream, "  skipped: %s", cell->skip);
	fputc('\n', stream);
	return next;
}

void dry_run_print(FILE *stream, const struct plan *plan, const struct schedule *schedule, uint64_t budget_ns)
{
	const struct experiment *experiment = NULL;
	unsigned group = UINT32_MAX;
	int width = name_width(plan);

	for (unsigned i = 0; i < plan->cell_count;) {
		const struct cell *cell = &plan->cells[i];

		if (cell->experiment != experiment) {
			experiment = cell->experiment;
			fprintf(stream, "%s: %s\n", experiment->name, experiment->question);
		}
		if (cell->group != group) {
			group = cell->group;
			fprintf(stream, "  %s%s%s\n", cell->group_name, *cell->params ? ", with " : "", cell->params);
		}
		i = print_line(stream, plan, i, width);
	}
	fprintf(stream,
		"\n%u cells, each %u warm-up and %u timed batches of %.3g ms a block: about %.3g s a block, "
		"%u blocks within %.0f s\n",
		plan->cell_count, schedule->warmups, schedule->batches, (double)schedule->batch_ns / NS_PER_MS,
		(double)schedule->block_ns / NS_PER_S, schedule->blocks, (double)budget_ns / NS_PER_S);
}
