/* SPDX-License-Identifier: MIT */
/* The words of a comparison, for all that print it. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "output/compare_parts.h"
#include "output/model.h"
#include "output/summary_page.h"

const char *compare_caveat(const struct compare_run *run, char text[COMPARE_TEXT_BYTES])
{
	const struct model *model = run->summary.model;
	bool running = strcmp(model->status, "running") == 0;

	snprintf(text, COMPARE_TEXT_BYTES, "%s%s%s",
		 model->complete ? ""
		 : running       ? "has not ended, or was killed"
				 : model->status,
		 !model->complete && !run->summary.proven ? ", " : "", run->summary.proven ? "" : "UNPROVEN");
	return text;
}

const char *compare_partner(const struct comparison *comparison, const struct compare_line *line,
			    char text[COMPARE_TEXT_BYTES])
{
	const struct summary_row *row = line->row;
	const struct summary_row *partner =
		line->quantity == COMPARE_VALUE
			? NULL
			: summary_headline(&comparison->runs[0].summary,
					   line->quantity == COMPARE_RATIO ? row->baseline : row->reference);
	char label[64];

	text[0] = '\0';
	if (partner)
		snprintf(text, COMPARE_TEXT_BYTES, "%s", summary_label(partner, row, label));
	return text;
}

const char *compare_label(const struct comparison *comparison, const struct compare_line *line,
			  char text[COMPARE_TEXT_BYTES])
{
	const struct summary_row *row = line->row;
	bool placed = *row->placement && strcmp(row->placement, "none") != 0;
	char partner[COMPARE_TEXT_BYTES];

	compare_partner(comparison, line, partner);
	snprintf(text, COMPARE_TEXT_BYTES, "%.40s, %.30s, %u worker%s%s%.30s%s%.40s", row->workload, row->executor,
		 row->workers, row->workers == 1 ? "" : "s", placed ? ", " : "", placed ? row->placement : "",
		 line->quantity == COMPARE_VALUE   ? ""
		 : line->quantity == COMPARE_RATIO ? ", over "
						   : ", speed-up over ",
		 partner);
	return text;
}

const char *compare_verdict_text(const struct compare_entry *entry, char text[COMPARE_TEXT_BYTES])
{
	if (!(entry->ratio.estimate > 0))
		snprintf(text, COMPARE_TEXT_BYTES, "%s", entry->why);
	else if (entry->blocks_needed)
		snprintf(text, COMPARE_TEXT_BYTES, "%s, needs %zu blocks", verdict_name(entry->verdict),
			 entry->blocks_needed);
	else
		snprintf(text, COMPARE_TEXT_BYTES, "%s%s%s", verdict_name(entry->verdict), *entry->why ? ", " : "",
			 entry->why);
	return text;
}

bool compare_is_steady(const struct interval *ratio)
{
	return !(ratio->low > 1) && !(ratio->high < 1);
}

void compare_value(struct people *people, const struct compare_line *line, const struct compare_entry *entry)
{
	*people = (struct people){0};
	if (!entry->row)
		return;
	if (line->quantity == COMPARE_VALUE)
		people_value(people, &entry->value, entry->row->unit);
	else
		people_ratio(people, &entry->value);
}

static const char *fact_text(const json_t *value)
{
	if (!value)
		return "not there";
	return json_is_null(value) ? "unknown" : json_is_string(value) ? json_string_value(value) : NULL;
}

const char *compare_fact(const json_t *value, char text[COMPARE_TEXT_BYTES])
{
	const char *words = fact_text(value);
	char *dumped = words ? NULL : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));

	if (!words)
		words = dumped ? dumped : "?";
	snprintf(text, COMPARE_TEXT_BYTES, "%.*s%s", COMPARE_TEXT_BYTES - 4, words,
		 strlen(words) > COMPARE_TEXT_BYTES - 4 ? "..." : "");
	free(dumped);
	return text;
}

const char *compare_names(const struct compare_lones *lones, char text[COMPARE_NAMES_BYTES])
{
	size_t used = 0, i = 0;

	text[0] = '\0';
	for (; i < lones->count && i < COMPARE_NAMES_MAX; i++) {
		const struct compare_lone *lone = &lones->list[i];

		used += (size_t)snprintf(text + used, COMPARE_NAMES_BYTES - used, "%s%.100s%s%.40s", i ? ", " : "",
					 lone->row->cell, lone->figure_only ? " " : "",
					 lone->figure_only ? lone->row->figure : "");
	}
	if (i < lones->count)
		snprintf(text + used, COMPARE_NAMES_BYTES - used, " and %zu more", lones->count - i);
	return text;
}
