/* SPDX-License-Identifier: MIT */
/*
 * Lets another program check the statistics: one request a line on stdin ("median 1 2 3",
 * "paired_difference 0.05 1 2 3"), one line of results on stdout ("%.17g", spaces between), or "error EINVAL".
 * After the name comes the function's own number, if it has one (p, alpha), then the values; paired_ratio has all of a
 * and then all of b; verdict has the margin, lower_is_better, and the interval's low and high end.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stats/stats.h"

/* Just one of the functions is set. */
static const struct entry {
	const char *name;
	int (*figure)(const double *values, size_t count, double *result);
	int (*figure_at)(const double *values, size_t count, double p, double *result);
	int (*interval)(const double *values, size_t count, double alpha, struct interval *result);
	int (*in_place)(double *values, size_t count);
	int (*paired)(const double *a, const double *b, size_t count, double alpha, struct interval *result);
	enum verdict (*verdict)(const struct interval *ratio, double margin, int lower_is_better);
} entries[] = {
	{.name = "minimum", .figure = stats_minimum},
	{.name = "median", .figure = stats_median},
	{.name = "mad", .figure = stats_mad},
	{.name = "signed_rank", .figure = stats_signed_rank},
	{.name = "quantile", .figure_at = stats_quantile},
	{.name = "tail", .figure_at = stats_tail},
	{.name = "median_interval", .interval = stats_median_interval},
	{.name = "paired_difference", .interval = stats_paired_difference},
	{.name = "paired_ratio", .paired = stats_paired_ratio},
	{.name = "holm", .in_place = stats_holm},
	{.name = "verdict", .verdict = stats_verdict},
	{.name = NULL},
};

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

/* Calls the function and prints its results. 0, its error, or -EBADMSG if there are too few numbers for it. */
static int answer(const struct entry *entry, double *list, size_t count)
{
	struct interval interval = {0};
	double result = 0;

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
	if (entry->paired) {
		size_t pairs = (count - 1) / 2;

		return print_interval(entry->paired(list + 1, list + 1 + pairs, pairs, list[0], &interval), &interval);
	}
	if (count != 4)
		return -EBADMSG;
	interval = (struct interval){.estimate = 1, .low = list[2], .high = list[3]};
	puts(verdict_name(entry->verdict(&interval, list[0], list[1] != 0)));
	return 0;
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
