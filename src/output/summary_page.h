/* SPDX-License-Identifier: MIT */
/* The parts of the page that summary_print puts together. */
#ifndef TVP_OUTPUT_SUMMARY_PAGE_H
#define TVP_OUTPUT_SUMMARY_PAGE_H

#include "output/headings.h"
#include "output/model.h"
#include "output/page.h"
#include "output/summary.h"

/* The headline rows of one group, in order of the plan. */
struct group {
	const struct summary *summary;
	const struct summary_row **rows;
	size_t count;
	bool placed; /* they differ in their placement */
};

/* The row of a cell's headline figure; NULL for "". */
const struct summary_row *summary_headline(const struct summary *summary, const char *cell);

/* Was the cell measured, but not so that this figure of it, the headline, would be known? */
bool summary_only_others(const struct summary *summary, const struct summary_row *row);

/* What tells `row` from `other` in a sentence or a heading: "fork", "4 workers", … Returns buffer. */
const char *summary_label(const struct summary_row *row, const struct summary_row *other, char buffer[64]);

/* A heading: the experiment with its question. */
void summary_question(struct page *page, const struct model_experiment *experiment);

/* What the cells of the row's group have in common (output/headings.h); that is not their placement if they are `placed`
 * differently. */
void summary_group_name(struct page *page, const struct headings *headings, const struct summary_row *row, bool placed);

/* The table of one group, in as much detail as the page is wide. */
void summary_table(struct page *page, const struct group *group);

/* What the group's verdicts say, in a sentence or two. */
void summary_answer(struct page *page, const struct group *group);

/* Where the cells of an experiment overtake their references; `first` is the first of `count` crossings that are all of
 * that experiment. */
void summary_crossings(struct page *page, const struct summary *summary, const struct headings *headings,
		       const struct crossing *first, size_t count);

/* What the cells of an experiment cost as a fixed part and a slope; `first` is the first of `count` fits that are all of
 * that experiment. */
void summary_fits(struct page *page, const struct summary *summary, const struct headings *headings,
		  const struct fit *first, size_t count);

/* Control, precision, what went wrong, warnings. */
void summary_footer(struct page *page, const struct summary *summary);

#endif
