/* SPDX-License-Identifier: MIT */
/*
 * Intervals of figures that are made from other figures: a mean of ratios, a ratio of ratios. Both are sums of
 * logarithms.
 * Source: G. Y. Zou and A. Donner, "Construction of confidence limits about effect measures: a general approach",
 * Statistics in Medicine 27 (2008). The distance from the estimate to an end of its interval stands for a standard
 * error, the same multiple of it for all, so that distances add as standard errors do and the result has the confidence
 * of its parts. Nothing is asked of the parts' distribution, and skewed intervals stay skewed.
 */
#include <errno.h>
#include <math.h>

#include "stats/stats.h"

static int ratio_check(const struct interval *ratio)
{
	if (!isfinite(ratio->estimate) || ratio->low > ratio->estimate || ratio->high < ratio->estimate)
		return -EINVAL;
	return ratio->estimate <= 0 || ratio->low < 0 ? -EDOM : 0;
}

/* The standard error of a sum, when each pair of its parts has the same correlation. */
struct error_sum {
	double squares;
	double sum;
};

static void error_sum_add(struct error_sum *errors, double error)
{
	errors->squares += error * error;
	errors->sum += error;
}

static double error_sum_total(const struct error_sum *errors, double correlation)
{
	double alone = correlation < 1 ? (1 - correlation) * errors->squares : 0;
	double together = correlation > 0 ? correlation * errors->sum * errors->sum : 0;

	return sqrt(alone + together);
}

int stats_geometric_mean(const struct interval *ratios, size_t count, double correlation, struct interval *mean)
{
	struct error_sum below = {0}, above = {0};
	double n = (double)count;
	double sum = 0;

	if (count == 0 || !(correlation >= 0 && correlation <= 1))
		return -EINVAL;
	for (size_t i = 0; i < count; i++) {
		int error = ratio_check(&ratios[i]);

		if (error)
			return error;
	}
	for (size_t i = 0; i < count; i++) {
		double logarithm = log(ratios[i].estimate);

		sum += logarithm;
		error_sum_add(&below, logarithm - log(ratios[i].low));
		error_sum_add(&above, log(ratios[i].high) - logarithm);
	}
	mean->estimate = exp(sum / n);
	mean->low = exp((sum - error_sum_total(&below, correlation)) / n);
	mean->high = exp((sum + error_sum_total(&above, correlation)) / n);
	return 0;
}

/* Not hypot: an end that is not known stays unknown, even beside an infinite one. */
static double root_of_squares(double a, double b)
{
	return sqrt(a * a + b * b);
}

int stats_ratio_of_ratios(const struct interval *a, const struct interval *b, struct interval *quotient)
{
	double a_log, b_log, below, above;
	int error = ratio_check(a);

	if (!error)
		error = ratio_check(b);
	if (error)
		return error;
	a_log = log(a->estimate);
	b_log = log(b->estimate);
	below = root_of_squares(a_log - log(a->low), log(b->high) - b_log);
	above = root_of_squares(log(a->high) - a_log, b_log - log(b->low));
	quotient->estimate = exp(a_log - b_log);
	quotient->low = exp(a_log - b_log - below);
	quotient->high = exp(a_log - b_log + above);
	return 0;
}
