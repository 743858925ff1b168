/* SPDX-License-Identifier: MIT */
/* Numbers as people read them: three digits, a unit of the right size, an interval as precise as it is wide. */
#include "output/people.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct step {
	double size;
	const char *name;
};

static const struct step times[] = {{1, "s"}, {1e-3, "ms"}, {1e-6, "µs"}, {1e-9, "ns"}, {0, NULL}};
static const struct step bytes[] = {{0x1p30, "GiB"}, {0x1p20, "MiB"}, {0x1p10, "KiB"}, {1, "bytes"}, {0, NULL}};
static const struct step percents[] = {{1e-2, "%"}, {0, NULL}};
static const struct step times_as_much[] = {{1, "×"}, {0, NULL}};
static const struct step counts[] = {{1e9, "G"}, {1e6, "M"}, {1e3, "k"}, {1, ""}, {0, NULL}};

struct unit {
	const char *name;
	double size;
	const struct step *steps;
};

static const struct unit units[] = {
	{"ns", 1e-9, times}, {"us", 1e-6, times},    {"ms", 1e-3, times},    {"s", 1, times},         {"B", 1, bytes},
	{"bytes", 1, bytes}, {"KiB", 0x1p10, bytes}, {"share", 1, percents}, {"x", 1, times_as_much}, {NULL, 1, NULL},
};

/* The largest step that leaves at least 1 after rounding to three digits; else the smallest. */
static const struct step *choose(const struct step *steps, double value)
{
	while (steps[1].name && fabs(value) < 0.9995 * steps->size)
		steps++;
	return steps;
}

static int three_digits(double value)
{
	/* Logarithms are added, as the largest numbers have no product; of an infinite one there is none to round. */
	double decimals = value == 0 ? 0 : 2 - floor(log10(fabs(value)) + log10(1.0005));

	return decimals < 0 ? 0 : decimals > 6 ? 6 : (int)decimals;
}

/* "1/s" becomes "M/s", "faults/s" becomes "M faults/s". */
static void name_rate(const char *unit, const char *prefix, char *name)
{
	if (strncmp(unit, "1/", 2) == 0)
		snprintf(name, PEOPLE_BYTES, "%.8s%.20s", prefix, unit + 1);
	else
		snprintf(name, PEOPLE_BYTES, "%.8s%s%.20s", prefix, *prefix ? " " : "", unit);
}

/* What such a value is to be multiplied by, the name of its unit then, and what comes between. */
static double scale(double value, const char *unit, char *name, const char **gap)
{
	size_t length = strlen(unit);
	const struct unit *known = units;
	double factor = 1;

	while (known->name && strcmp(known->name, unit) != 0)
		known++;
	snprintf(name, PEOPLE_BYTES, "%.20s", unit);
	if (known->name) {
		const struct step *step = choose(known->steps, value * known->size);

		factor = known->size / step->size;
		snprintf(name, PEOPLE_BYTES, "%s", step->name);
	} else if (length > 2 && strcmp(unit + length - 2, "/s") == 0) {
		const struct step *step = choose(counts, value);

		factor = 1 / step->size;
		name_rate(unit, step->name, name);
	}
	*gap = *name && known->steps != times_as_much ? " " : "";
	return factor;
}

void people_value(struct people *people, const struct interval *interval, const char *unit)
{
	char name[PEOPLE_BYTES];
	const char *gap;
	double factor, half;
	int decimals;

	*people = (struct people){0};
	if (!isfinite(interval->estimate))
		return;
	factor = scale(interval->estimate, unit, name, &gap);
	decimals = three_digits(interval->estimate * factor);
	half = (interval->high - interval->low) / 2 * factor;
	if (half > 0 && half < 0.5 * pow(10, -decimals))
		decimals++; /* an interval that three digits would hide */
	snprintf(people->estimate, PEOPLE_BYTES, "%.*f%s%.40s", decimals, interval->estimate * factor, gap, name);
	if (isfinite(interval->low) && isfinite(interval->high))
		snprintf(people->ends, PEOPLE_BYTES, "[%.*f, %.*f]", decimals, interval->low * factor, decimals,
			 interval->high * factor);
}

/* Without the minus sign of what would be printed as 0. */
static double shown(double value, int decimals)
{
	return fabs(value) < 0.5 * pow(10, -decimals) ? 0 : value;
}

void people_signed(struct people *people, const struct interval *interval, const char *unit)
{
	bool has_ends = isfinite(interval->low) && isfinite(interval->high);
	double largest = fabs(interval->estimate), factor, half;
	char name[PEOPLE_BYTES];
	const char *gap;
	int decimals;

	*people = (struct people){0};
	if (!isfinite(interval->estimate))
		return;
	if (has_ends)
		largest = fmax(largest, fmax(fabs(interval->low), fabs(interval->high)));
	factor = scale(largest, unit, name, &gap);
	decimals = three_digits(largest * factor);
	half = has_ends ? (interval->high - interval->low) / 2 * factor : 0;
	if (half > 0 && half < 0.5 * pow(10, -decimals))
		decimals++;
	else if (half > 0 && decimals > 1 + (int)ceil(-log10(half)))
		decimals = 1 + (int)ceil(-log10(half)); /* two digits of the interval's half */
	decimals = decimals < 0 ? 0 : decimals;
	snprintf(people->estimate, PEOPLE_BYTES, "%.*f%s%.40s", decimals, shown(interval->estimate * factor, decimals),
		 gap, name);
	if (has_ends)
		snprintf(people->ends, PEOPLE_BYTES, "[%.*f, %.*f]", decimals, shown(interval->low * factor, decimals),
			 decimals, shown(interval->high * factor, decimals));
}

void people_ratio(struct people *people, const struct interval *ratio)
{
	double half = (ratio->high - ratio->low) / 2;
	int decimals, most;

	*people = (struct people){0};
	if (!isfinite(ratio->estimate))
		return;
	decimals = isfinite(half) && half > 0 ? (int)ceil(-log10(half)) : three_digits(ratio->estimate);
	most = three_digits(ratio->estimate) + 1;
	/* 0.05 [0.01, 8] is not 0 */
	if (ratio->estimate > 0 && decimals < most - 3)
		decimals = most - 3;
	decimals = decimals < 0 ? 0 : decimals > most ? most : decimals;
	snprintf(people->estimate, PEOPLE_BYTES, "%.*f×", decimals, ratio->estimate);
	if (isfinite(half))
		snprintf(people->ends, PEOPLE_BYTES, "[%.*f, %.*f]", decimals, ratio->low, decimals, ratio->high);
}

void people_share(struct people *people, const struct interval *share)
{
	*people = (struct people){0};
	if (!isfinite(share->estimate))
		return;
	snprintf(people->estimate, PEOPLE_BYTES, "%.0f %%", share->estimate * 100);
	if (isfinite(share->low) && isfinite(share->high))
		snprintf(people->ends, PEOPLE_BYTES, "[%.0f, %.0f]", share->low * 100, share->high * 100);
}

const char *people_percent(double share, char buffer[PEOPLE_BYTES])
{
	double percent = share * 100;

	if (!isfinite(percent))
		return "?";
	snprintf(buffer, PEOPLE_BYTES, percent < 9.95 ? "%.2g %%" : "%.0f %%", percent);
	return buffer;
}

const char *people_clock(double seconds, char buffer[PEOPLE_BYTES])
{
	unsigned long whole = seconds > 0 && seconds < 1e9 ? (unsigned long)(seconds + 0.5) : 0;

	if (whole < 3600)
		snprintf(buffer, PEOPLE_BYTES, "%lu:%02lu", whole / 60, whole % 60);
	else
		snprintf(buffer, PEOPLE_BYTES, "%lu:%02lu:%02lu", whole / 3600, whole / 60 % 60, whole % 60);
	return buffer;
}
