/* SPDX-License-Identifier: MIT */
/* The grid of cells, and who is compared with whom. */
#include "plan/plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/levels.h"

enum { CELLS_MAX = 100000 };

/* What the loops over the factors have in hand. */
struct builder {
	struct plan *plan;
	const struct plan_request *request;
	const struct machine *machine;
	char *reason;
	size_t room;
};

/* "name=value;…" of the parameters; only those that are not at their default if `changed` is set. */
static char *parameters_text(const struct workload *workload, const uint64_t *values, bool changed)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	const struct parameter *list = workload->parameters;
	bool first = true;

	if (!stream)
		return NULL;
	for (size_t i = 0; list && list[i].name; i++) {
		if (changed && values[i] == list[i].initial)
			continue;
		fprintf(stream, "%s%s=%llu", first ? "" : ";", list[i].name, (unsigned long long)values[i]);
		first = false;
	}
	return fclose(stream) == 0 ? text : NULL;
}

static int cell_name(struct cell *cell)
{
	char *changed = parameters_text(cell->workload, cell->parameters, true);
	char pair[24] = "", replicate[16] = "";
	const char *slash;

	if (!changed)
		return -ENOMEM;
	slash = *changed ? "/" : "";
	if (cell->pair)
		snprintf(pair, sizeof(pair), "/pair=%u", cell->pair);
	if (cell->experiment->replicates > 1)
		snprintf(replicate, sizeof(replicate), "#%c", 'a' + (int)cell->replicate);
	if (asprintf(&cell->name, "%s/%s/%s/%u/%s%s%s%s%s", cell->experiment->name, cell->workload->name,
		     cell->executor->name, cell->workers, cell->placement, slash, changed, pair, replicate) < 0)
		cell->name = NULL;
	if (asprintf(&cell->group_name, "%s/%s/%s%s%s%s", cell->experiment->name, cell->workload->name, cell->placement,
		     slash, changed, pair) < 0)
		cell->group_name = NULL;
	free(changed);
	cell->params = parameters_text(cell->workload, cell->parameters, false);
	return cell->name && cell->group_name && cell->params ? 0 : -ENOMEM;
}

/* Why this cell cannot run here, if so; and the CPUs of its workers. */
static int cell_place(struct builder *builder, struct cell *cell)
{
	char why[REASON_BYTES] = "";
	int error = cell->executor->probe ? cell->executor->probe(why) : 0;

	if (!error) {
		error = machine_place(builder->machine, cell->placement, cell->workers, &cell->cpusets, why);
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

/* The cells of one group. */
static int group_add(struct builder *builder, struct cell *cell)
{
	const struct experiment *experiment = cell->experiment;
	const struct executor **executors = levels_executors(experiment, builder->request);
	unsigned *workers = levels_workers(experiment, builder->request, machine_cores(builder->machine));
	unsigned replicates = experiment->replicates ? experiment->replicates : 1;
	unsigned before = builder->plan->cell_count;
	int error = executors && workers ? 0 : -ENOMEM;

	for (const struct executor **executor = executors; !error && *executor; executor++)
		for (const unsigned *count = workers; !error && *count; count++)
			for (unsigned replicate = 0; !error && replicate < replicates; replicate++) {
				if ((*executor)->max_workers && *count > (*executor)->max_workers)
					continue;
				cell->executor = *executor;
				cell->workers = *count;
				cell->replicate = replicate;
				error = cell_add(builder, cell);
			}
	if (builder->plan->cell_count > before)
		builder->plan->group_count++;
	free(executors);
	free(workers);
	return error;
}

/* One group, or in an A/A study one for each pair. */
static int groups_add(struct builder *builder, struct cell *cell)
{
	unsigned pairs = builder->request->aa_pairs;
	int error = 0;

	for (unsigned pair = pairs ? 1 : 0; !error && pair <= pairs; pair++) {
		cell->group = builder->plan->group_count;
		cell->pair = pair;
		error = group_add(builder, cell);
	}
	return error;
}

static int workload_add(struct builder *builder, const struct experiment *experiment, const struct workload *workload)
{
	const char **placements = levels_placements(experiment, builder->request);
	struct parameter_sets sets = {0};
	int error = placements ? levels_parameters(experiment, workload, builder->request, &sets, builder->reason)
			       : -ENOMEM;

	for (size_t set = 0; !error && set < sets.count; set++)
		for (const char **placement = placements; !error && *placement; placement++) {
			struct cell cell = {.experiment = experiment, .workload = workload, .placement = *placement};

			memcpy(cell.parameters, sets.sets[set], sizeof(cell.parameters));
			error = groups_add(builder, &cell);
		}
	free(sets.sets);
	free(placements);
	return error;
}

static int experiment_add(struct builder *builder, const struct experiment *experiment)
{
	const struct workload **workloads = levels_workloads(experiment, builder->request);
	unsigned before = builder->plan->cell_count;
	int error = workloads ? 0 : -ENOMEM;

	for (const char *const *name = experiment->workloads; !error && *name; name++)
		if (!workload_find(*name))
			error = reason_set(builder->reason, -ENOENT,
					   "%s needs the workload %s, which this build lacks: build it again",
					   experiment->name, *name);
	for (const struct workload **workload = workloads; !error && *workload; workload++)
		error = workload_add(builder, experiment, *workload);
	free(workloads);
	if (!error && builder->plan->cell_count == before)
		error = reason_set(builder->reason, -EINVAL,
				   "%s has no cell with these executors and worker counts (serial takes one worker)",
				   experiment->name);
	return error;
}

/* Does `candidate` have the value that a rule names, or, where the rule is silent, that of `cell`? */
static bool coordinate_fits(const char *rule, const char *name, const char *own, const char *candidate)
{
	size_t length = strlen(name);

	for (const char *part = rule; part; part = strchr(part, ';')) {
		part += *part == ';';
		if (strncmp(part, name, length) == 0 && part[length] == '=') {
			size_t value_length = strcspn(part + length + 1, ";");

			return strlen(candidate) == value_length &&
			       strncmp(part + length + 1, candidate, value_length) == 0;
		}
	}
	return strcmp(own, candidate) == 0;
}

static bool rule_fits(const char *rule, const struct cell *cell, const struct cell *candidate)
{
	char own_workers[16], workers[16], own_replicate[2] = {(char)('a' + cell->replicate)};
	char replicate[2] = {(char)('a' + candidate->replicate)};

	snprintf(own_workers, sizeof(own_workers), "%u", cell->workers);
	snprintf(workers, sizeof(workers), "%u", candidate->workers);
	return coordinate_fits(rule, "executor", cell->executor->name, candidate->executor->name) &&
	       coordinate_fits(rule, "workers", own_workers, workers) &&
	       coordinate_fits(rule, "replicate", own_replicate, replicate);
}

/* The cell that a rule points at from here; -1 if there is none, or it is the cell itself and that is not wanted.
 * Only the group is searched, whose cells lie next to each other: a large plan has tens of thousands of cells. */
static int rule_follow(const struct plan *plan, const char *rule, unsigned from, bool itself)
{
	unsigned group = plan->cells[from].group, first = from;

	while (first > 0 && plan->cells[first - 1].group == group)
		first--;
	for (unsigned i = first; rule && i < plan->cell_count && plan->cells[i].group == group; i++)
		if (rule_fits(rule, &plan->cells[from], &plan->cells[i]))
			return i != from || itself ? (int)i : -1;
	return -1;
}

static int plan_build(struct builder *builder, const struct experiment *const *experiments)
{
	struct plan *plan = builder->plan;
	int error = levels_check(experiments, builder->request, builder->reason);

	for (size_t i = 0; !error && experiments[i]; i++)
		if (!experiments[i]->control && !builder->request->aa_pairs)
			error = experiment_add(builder, experiments[i]);
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

	*plan = (struct plan){0};
	*reason = '\0';
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
