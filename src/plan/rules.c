/* SPDX-License-Identifier: MIT */
/* Who is compared with whom: rules such as "executor=serial;workers=1". */
#include "plan/rules.h"

#include <stdio.h>
#include <string.h>

/* Does `candidate` have the value that a rule names, or, where the rule is silent, that of `cell`? What a rule calls `cores`
 * is the number of usable ones. */
static bool coordinate_fits(const char *rule, const char *name, const char *own, const char *candidate,
			    const char *cores)
{
	size_t length = strlen(name);

	for (const char *part = rule; part; part = strchr(part, ';')) {
		part += *part == ';';
		if (strncmp(part, name, length) == 0 && part[length] == '=') {
			const char *value = part + length + 1;
			size_t value_length = strcspn(value, ";");

			if (value_length == strlen("cores") && strncmp(value, "cores", value_length) == 0)
				return strcmp(candidate, cores) == 0;
			return strlen(candidate) == value_length && strncmp(value, candidate, value_length) == 0;
		}
	}
	return strcmp(own, candidate) == 0;
}

static bool rule_fits(const struct plan *plan, const char *rule, const struct cell *cell, const struct cell *candidate)
{
	char own_workers[16], workers[16], cores[16], own_replicate[2] = {(char)('a' + cell->replicate)};
	char replicate[2] = {(char)('a' + candidate->replicate)};

	snprintf(own_workers, sizeof(own_workers), "%u", cell->workers);
	snprintf(workers, sizeof(workers), "%u", candidate->workers);
	snprintf(cores, sizeof(cores), "%u", plan->cores);
	return coordinate_fits(rule, "executor", cell->executor->name, candidate->executor->name, cores) &&
	       coordinate_fits(rule, "workers", own_workers, workers, cores) &&
	       coordinate_fits(rule, "placement", cell->placement, candidate->placement, cores) &&
	       coordinate_fits(rule, "replicate", own_replicate, replicate, cores);
}

/* Only the group is searched, whose cells lie next to each other: a large plan has tens of thousands of cells. */
int rule_follow(const struct plan *plan, const char *rule, unsigned from, bool itself)
{
	unsigned group = plan->cells[from].group, first = from;

	while (first > 0 && plan->cells[first - 1].group == group)
		first--;
	for (unsigned i = first; rule && i < plan->cell_count && plan->cells[i].group == group; i++)
		if (rule_fits(plan, rule, &plan->cells[from], &plan->cells[i]))
			return i != from || itself ? (int)i : -1;
	return -1;
}
