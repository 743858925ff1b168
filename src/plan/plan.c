/* SPDX-License-Identifier: MIT */
/* The grid of cells, and who is compared with whom. */
#include "plan/plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/cell_name.h"
#include "plan/check.h"
#include "plan/levels.h"
#include "plan/rules.h"
#include "plan/sets.h"

enum { CELLS_MAX = 100000 };

/* What the loops over the factors have in hand. */
struct builder {
	struct plan *plan;
	const struct plan_request *request;
	const struct machine *machine;
	char *reason;
	size_t room;
	uint64_t memory_usable; /* asked once, so that all who are refused are told the same */
	const char *memory_limit;
};

static int cell_built(const struct cell *cell, char *why)
{
	const char *missing = cell->workload->missing;

	if (!missing)
		return 0;
	return reason_set(why, -ENOENT,
			  "%s needs %s, which was not there when tvp was built: install it, and build again",
			  cell->workload->name, missing);
}

/* What would need memory that the machine does not have is refused beforehand: it must not swap. */
static int cell_fit(const struct builder *builder, const struct cell *cell, char *why)
{
	const struct experiment *experiment = cell->experiment;
	const struct workload *workload = cell->workload;
	uint64_t wanted = experiment->memory_bytes ? experiment->memory_bytes(cell->settings, cell->workers) : 0;

	if (workload->memory_bytes)
		wanted += workload->memory_bytes(cell->parameters, cell->workers);
	if (wanted <= builder->memory_usable)
		return 0;
	return reason_set(why, -ENOMEM, "it takes %llu MiB of memory, and may take %llu MiB: half of what %s has left",
			  (unsigned long long)wanted >> 20, (unsigned long long)builder->memory_usable >> 20,
			  builder->memory_limit);
}

/* A program of others is a parent of its own, to which the settings of ours do not apply. */
static int cell_apply(const struct cell *cell, char *why)
{
	const struct parameter *settings = cell->executor->batch ? cell->experiment->settings : NULL;

	for (size_t i = 0; settings && settings[i].name; i++)
		if (cell->settings[i] != settings[i].initial)
			return reason_set(why, -EOPNOTSUPP,
					  "%s has a parent of its own, to which the setting %s does not apply",
					  cell->executor->name, settings[i].name);
	return 0;
}

/* Why this cell cannot run here, if so; and the CPUs of its workers. */
static int cell_place(struct builder *builder, struct cell *cell)
{
	char why[REASON_BYTES] = "";
	int error = cell_built(cell, why);

	if (!error && cell->executor->probe)
		error = cell->executor->probe(why);
	if (!error)
		error = cell_apply(cell, why);
	if (!error)
		error = cell_fit(builder, cell, why);
	if (!error) {
		error = machine_place(builder->machine, cell->placement, cell->executor->concurrent ? 1 : cell->workers,
				      &cell->cpusets, why);
		if (error == -EINVAL || error == -ENOMEM)
			return reason_set(builder->reason, error, "%s", why);
	}
	if (!error)
		return 0;
	cell->skip = strdup(why);
	cell->cpusets = strdup("");
	return cell->skip && cell->cpusets ? 0 : -ENOMEM;
}

static int cell_add(struct builder *builder, const struct cell *wanted)
{
	struct plan *plan = builder->plan;
	struct cell *cell;
	int error;

	if (plan->cell_count == CELLS_MAX)
		return reason_set(builder->reason, -EINVAL, "the plan has more than %d cells; select fewer levels",
				  CELLS_MAX);
	if (plan->cell_count == builder->room) {
		size_t room = builder->room ? 2 * builder->room : 64;
		struct cell *grown = realloc(plan->cells, room * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		plan->cells = grown;
		builder->room = room;
	}
	cell = &plan->cells[plan->cell_count++];
	*cell = *wanted;
	error = cell_name(cell);
	return error ? error : cell_place(builder, cell);
}

/* The cells of one executor with so many workers. */
static int replicates_add(struct builder *builder, struct cell *cell, const struct executor *executor, unsigned workers)
{
	unsigned replicates = cell->experiment->replicates ? cell->experiment->replicates : 1;
	int error = 0;

	for (unsigned replicate = 0; !error && replicate < replicates; replicate++) {
		cell->executor = executor;
		cell->workers = workers;
		cell->replicate = replicate;
		error = cell_add(builder, cell);
	}
	return error;
}

static bool takes(const struct executor *executor, unsigned workers)
{
	return !executor->max_workers || executor->concurrent || workers <= executor->max_workers;
}

/* Can some executor have one of these worker counts? */
static bool any_takes(const struct executor *const *executors, const unsigned *workers)
{
	for (; *executors; executors++)
		for (const unsigned *count = workers; *count; count++)
			if (takes(*executors, *count))
				return true;
	return false;
}

/* One that takes fewer workers than there are to be has as many as it takes, to be a reference for the others. */
static int executor_add(struct builder *builder, struct cell *cell, const struct executor *executor,
			const unsigned *workers)
{
	bool any = false;
	int error = 0;

	for (const unsigned *count = workers; !error && *count; count++)
		if (takes(executor, *count)) {
			any = true;
			error = replicates_add(builder, cell, executor, *count);
		}
	return any ? error : replicates_add(builder, cell, executor, executor->max_workers);
}

/* The cells of one group. Who asks for worker counts gets at least one of them, or nothing. */
static int group_add(struct builder *builder, struct cell *cell, const struct parameter_set *set)
{
	bool counts_asked = builder->request->workers && !cell->experiment->workers_fixed;
	const struct executor **executors = levels_executors(cell, set, builder->request);
	unsigned *workers = levels_workers(cell->experiment, builder->request, machine_cores(builder->machine));
	int error = executors && workers ? 0 : -ENOMEM;

	if (!error && *executors && (!counts_asked || any_takes(executors, workers))) {
		for (const struct executor **executor = executors; !error && *executor; executor++)
			error = executor_add(builder, cell, *executor, workers);
		builder->plan->group_count = cell->group + 1;
	}
	free(executors);
	free(workers);
	return error;
}

/* One group, or in an A/A study one for each pair. */
static int groups_add(struct builder *builder, struct cell *cell, const struct parameter_set *set)
{
	unsigned pairs = builder->request->aa_pairs;
	int error = 0;

	for (unsigned pair = pairs ? 1 : 0; !error && pair <= pairs; pair++) {
		if (!cell->experiment->placements_compared)
			cell->group = builder->plan->group_count;
		cell->pair = pair;
		error = group_add(builder, cell, set);
	}
	return error;
}

/* The groups of one combination of values, for whoever it is for. */
static int set_add(struct builder *builder, struct cell *cell, const struct parameter_set *set)
{
	const char **placements = levels_placements(cell->experiment, builder->request);
	int error = placements ? 0 : -ENOMEM;

	memcpy(cell->parameters, set->parameters, sizeof(cell->parameters));
	memcpy(cell->settings, set->settings, sizeof(cell->settings));
	cell->group = builder->plan->group_count;
	for (const char **placement = placements; !error && *placement; placement++) {
		cell->placement = *placement;
		error = groups_add(builder, cell, set);
	}
	free(placements);
	return error;
}

static int workload_add(struct builder *builder, const struct experiment *experiment, const struct workload *workload)
{
	struct cell cell = {.experiment = experiment, .workload = workload};
	struct parameter_sets sets = {0};
	int error = sets_make(&sets, experiment, workload, builder->request, builder->reason);

	for (size_t set = 0; !error && set < sets.count; set++)
		error = set_add(builder, &cell, &sets.list[set]);
	free(sets.list);
	return error;
}

static int experiment_add(struct builder *builder, const struct experiment *experiment)
{
	const struct workload **workloads = levels_workloads(experiment, builder->request);
	unsigned before = builder->plan->cell_count;
	int error = workloads ? check_experiment(experiment, builder->reason) : -ENOMEM;

	for (const struct workload **workload = workloads; !error && *workload; workload++)
		error = workload_add(builder, experiment, *workload);
	free(workloads);
	if (!error && builder->plan->cell_count == before && builder->request->experiments)
		error = reason_set(builder->reason, -EINVAL,
				   "%s has no cell with what is selected (serial takes one worker; subjects take part "
				   "in few experiments, and so do peers, unbound)",
				   experiment->name);
	return error;
}

static int plan_build(struct builder *builder, const struct experiment *const *experiments)
{
	struct plan *plan = builder->plan;
	int error = check_request(experiments, builder->request, builder->reason);

	for (size_t i = 0; !error && experiments[i]; i++)
		if (!experiments[i]->control && !builder->request->aa_pairs &&
		    !(builder->request->in_process && experiments[i]->shape == SHAPE_FARM))
			error = experiment_add(builder, experiments[i]);
	if (!error && !plan->cell_count && !builder->request->aa_pairs && !builder->request->experiments)
		error = reason_set(builder->reason, -EINVAL,
				   "no experiment has a cell with what is selected (serial takes one worker)");
	for (const struct experiment *const *entry = experiment_table; !error && *entry; entry++)
		if ((*entry)->control && ((*entry)->replicates > 1 || !builder->request->aa_pairs))
			error = experiment_add(builder, *entry);
	for (unsigned i = 0; !error && i < plan->cell_count; i++) {
		plan->cells[i].baseline = rule_follow(plan, plan->cells[i].experiment->baseline, i, false);
		plan->cells[i].reference = rule_follow(plan, plan->cells[i].experiment->reference, i, true);
	}
	return error;
}

int plan_init(struct plan *plan, const struct plan_request *request, const struct machine *machine, char *reason)
{
	struct builder builder = {.plan = plan, .request = request, .machine = machine, .reason = reason};
	int error;

	*plan = (struct plan){.cores = machine_cores(machine)};
	*reason = '\0';
	builder.memory_usable = machine_memory_usable(&builder.memory_limit);
	error = plan_build(&builder, request->experiments ? (const struct experiment *const *)request->experiments
							  : experiment_table);
	if (!error)
		return 0;
	plan_exit(plan);
	return *reason ? error : reason_set(reason, error, "no plan: %s", strerror(-error));
}

void plan_exit(struct plan *plan)
{
	for (unsigned i = 0; i < plan->cell_count; i++) {
		free(plan->cells[i].name);
		free(plan->cells[i].group_name);
		free(plan->cells[i].params);
		free(plan->cells[i].cpusets);
		free(plan->cells[i].skip);
	}
	free(plan->cells);
	*plan = (struct plan){0};
}
