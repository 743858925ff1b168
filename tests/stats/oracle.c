/* SPDX-License-Identifier: MIT */
/*
 * Lets another program check the statistics: one request a line on stdin ("median 1 2 3",
 * "paired_difference 0.05 1 2 3"), one line of results on stdout ("%.17g", spaces between), or "error EINVAL".
 * After the name comes the function's own number, if it has one (p, alpha), then the values; paired_ratio has all of a
 * and then all of b; verdict has the margin, lower_is_better, and the interval's low and high end. What the rest want
 * stands beside them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stats/stats.h"
#include "stats/stream.h"

struct numbers {
	double *list;
	size_t count;
	size_t room;
};

static const char *error_name(int error)
{
	switch (-error) {
	case EBADMSG:
		return "EBADMSG"; /* the oracle's own: the request makes no sense */
	case EDOM:
		return "EDOM";
	case EINVAL:
		return "EINVAL";
	case ENOMEM:
		return "ENOMEM";
	default:
		return "unknown";
	}
}

static int numbers_add(struct numbers *numbers, double number)
{
	if (numbers->count == numbers->room) {
		size_t room = numbers->room ? 2 * numbers->room : 64;
		double *list = reallocarray(numbers->list, room, sizeof(*list));

		if (!list)
			return -ENOMEM;
		numbers->list = list;
		numbers->room = room;
	}
	numbers->list[numbers->count++] = number;
	return 0;
}

static int numbers_parse(struct numbers *numbers, const char *text)
{
	numbers->count = 0;
	for (;;) {
		char *end;
		double number = strtod(text, &end);
		int error;

		if (end == text)
			return text[strspn(text, " \n")] ? -EBADMSG : 0;
		error = numbers_add(numbers, number);
		if (error)
			return error;
		text = end;
	}
}

static int print_numbers(int error, const double *results, size_t count)
{
	for (size_t i = 0; !error && i < count; i++)
		printf("%.17g%c", results[i], i + 1 < count ? ' ' : '\n');
	return error;
}

static int print_interval(int error, const struct interval *result)
{
	return print_numbers(error, (const double[]){result->estimate, result->low, result->high}, 3);
}

/* margin lower_is_better low high */
static int answer_verdict(const double *list, size_t count)
{
	struct interval ratio = {.estimate = 1};

	if (count != 4)
		return -EBADMSG;
	ratio.low = list[2];
	ratio.high = list[3];
	puts(verdict_name(stats_verdict(&ratio, list[0], list[1] != 0)));
	return 0;
}

/* alpha successes trials */
static int answer_binomial_interval(const double *list, size_t count)
{
	struct interval share;

	if (count != 3)
		return -EBADMSG;
	return print_interval(stats_binomial_interval((size_t)list[1], (size_t)list[2], list[0], &share), &share);
}

/* correlation (estimate low high)… */
static int answer_geometric_mean(const double *list, size_t count)
{
	size_t ratio_count = count / 3;
	struct interval *ratios = calloc(ratio_count + 1, sizeof(*ratios));
	struct interval mean;
	int error;

	if (!ratios || count % 3 != 1) {
		free(ratios);
		return -EBADMSG;
	}
	for (size_t i = 0; i < ratio_count; i++)
		ratios[i] = (struct interval){list[3 * i + 1], list[3 * i + 2], list[3 * i + 3]};
	error = print_interval(stats_geometric_mean(ratios, ratio_count, list[0], &mean), &mean);
	free(ratios);
	return error;
}

/* a's and b's estimate, low, high */
static int answer_ratio_of_ratios(const double *list, size_t count)
{
	struct interval quotient;

	if (count != 6)
		return -EBADMSG;
	return print_interval(stats_ratio_of_ratios(&(struct interval){list[0], list[1], list[2]},
						    &(struct interval){list[3], list[4], list[5]}, &quotient),
			      &quotient);
}

/* half_width count wanted */
static int answer_blocks_needed(const double *list, size_t count)
{
	size_t blocks = 0;
	int error = count == 3 ? stats_blocks_needed(list[0], (size_t)list[1], list[2], &blocks) : -EBADMSG;

	return print_numbers(error, &(double){(double)blocks}, 1);
}

/* count correlation */
static int answer_effective_count(const double *list, size_t count)
{
	if (count != 2)
		return -EBADMSG;
	return print_numbers(0, &(double){stats_effective_count((size_t)list[0], list[1])}, 1);
}

/* a's count, a's and b's effective count, values of a, values of b. 0 or -EBADMSG */
static int streams_parse(const double *list, size_t count, struct stream *a, struct stream *b)
{
	if (count < 3 || !(list[0] >= 0 && list[0] <= (double)(count - 3)))
		return -EBADMSG;
	*a = (struct stream){.values = list + 3, .count = (size_t)list[0], .effective = list[1]};
	*b = (struct stream){.values = list + 3 + a->count, .count = count - 3 - a->count, .effective = list[2]};
	return 0;
}

/* alpha and the streams */
static int answer_unpaired_ratio(const double *list, size_t count)
{
	struct interval ratio;
	struct stream a, b;

	if (count < 1 || streams_parse(list + 1, count - 1, &a, &b) != 0)
		return -EBADMSG;
	return print_interval(stats_unpaired_ratio(&a, &b, list[0], &ratio), &ratio);
}

static int answer_mann_whitney(const double *list, size_t count)
{
	struct stream a, b;
	double p;

	if (streams_parse(list, count, &a, &b) != 0)
		return -EBADMSG;
	return print_numbers(stats_mann_whitney(&a, &b, &p), &p, 1);
}

/* alpha and the values; the ratio and p */
static int answer_drift(const double *list, size_t count)
{
	struct drift drift = {0};
	int error = count < 1 ? -EBADMSG : stats_drift(list + 1, count - 1, list[0], &drift);
	const double results[] = {drift.ratio.estimate, drift.ratio.low, drift.ratio.high, drift.p_value};

	return print_numbers(error, results, 4);
}

static int answer_warmup_blocks(const double *list, size_t count)
{
	size_t blocks = 0;
	int error = stats_warmup_blocks(list, count, &blocks);

	return print_numbers(error, &(double){(double)blocks}, 1);
}

/* all of x and then all of y */
static int answer_crossing(const double *list, size_t count)
{
	double crossing = 0;
	int error = count % 2 ? -EBADMSG : stats_crossing(list, list + count / 2, count / 2, &crossing);

	return print_numbers(error, &crossing, 1);
}

/* all of x, all of y, all of the noise; fixed part and slope */
static int answer_line_fit(const double *list, size_t count)
{
	struct line line = {0};
	size_t places = count / 3;
	int error = count % 3 ? -EBADMSG : stats_line(list, list + places, list + 2 * places, places, &line);

	return print_numbers(error, (const double[]){line.fixed, line.slope}, 2);
}

/* Just one of the functions is set. */
static const struct entry {
	const char *name;
	int (*figure)(const double *values, size_t count, double *result);
	int (*figure_at)(const double *values, size_t count, double p, double *result);
	int (*interval)(const double *values, size_t count, double alpha, struct interval *result);
	int (*in_place)(double *values, size_t count);
	int (*paired)(const double *a, const double *b, size_t count, double alpha, struct interval *result);
	int (*answer)(const double *list, size_t count);
} entries[] = {
	{.name = "minimum", .figure = stats_minimum},
	{.name = "median", .figure = stats_median},
	{.name = "mad", .figure = stats_mad},
	{.name = "signed_rank", .figure = stats_signed_rank},
	{.name = "quantile", .figure_at = stats_quantile},
	{.name = "tail", .figure_at = stats_tail},
	{.name = "median_interval", .interval = stats_median_interval},
	{.name = "median_interval_censored", .interval = stats_median_interval_censored},
	{.name = "paired_difference", .interval = stats_paired_difference},
	{.name = "paired_ratio", .paired = stats_paired_ratio},
	{.name = "holm", .in_place = stats_holm},
	{.name = "lag1", .figure = stats_lag1},
	{.name = "verdict", .answer = answer_verdict},
	{.name = "binomial_interval", .answer = answer_binomial_interval},
	{.name = "geometric_mean", .answer = answer_geometric_mean},
	{.name = "ratio_of_ratios", .answer = answer_ratio_of_ratios},
	{.name = "blocks_needed", .answer = answer_blocks_needed},
	{.name = "effective_count", .answer = answer_effective_count},
	{.name = "unpaired_ratio", .answer = answer_unpaired_ratio},
	{.name = "mann_whitney", .answer = answer_mann_whitney},
	{.name = "drift", .answer = answer_drift},
	{.name = "warmup_blocks", .answer = answer_warmup_blocks},
	{.name = "crossing", .answer = answer_crossing},
	{.name = "line", .answer = answer_line_fit},
	{.name = NULL},
};

/* Calls the function and prints its results. 0, its error, or -EBADMSG if there are too few numbers for it. */
static int answer(const struct entry *entry, double *list, size_t count)
{
	struct interval interval = {0};
	double result = 0;
	size_t pairs;

	if (entry->answer)
		return entry->answer(list, count);
	if (entry->figure)
		return print_numbers(entry->figure(list, count, &result), &result, 1);
	if (entry->in_place)
		return print_numbers(entry->in_place(list, count), list, count);
	if (count < 1)
		return -EBADMSG;
	if (entry->figure_at)
		return print_numbers(entry->figure_at(list + 1, count - 1, list[0], &result), &result, 1);
	if (entry->interval)
		return print_interval(entry->interval(list + 1, count - 1, list[0], &interval), &interval);
	pairs = (count - 1) / 2;
	return print_interval(entry->paired(list + 1, list + 1 + pairs, pairs, list[0], &interval), &interval);
}

static int answer_line(char *line, struct numbers *numbers)
{
	size_t name_bytes = strcspn(line, " \n");
	int error = numbers_parse(numbers, line + name_bytes);

	if (error)
		return error;
	line[name_bytes] = '\0';
	for (const struct entry *entry = entries; entry->name; entry++)
		if (strcmp(entry->name, line) == 0)
			return answer(entry, numbers->list, numbers->count);
	return -EBADMSG;
}

int main(void)
{
	struct numbers numbers = {0};
	char *line = NULL;
	size_t line_bytes = 0;

	while (getline(&line, &line_bytes, stdin) > 0) {
		int error = answer_line(line, &numbers);

		if (error)
			printf("error %s\n", error_name(error));
		fflush(stdout);
	}
	free(line);
	free(numbers.list);
	return ferror(stdin) || ferror(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
