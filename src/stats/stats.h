/* SPDX-License-Identifier: MIT */
/*
 * The statistics of METHODOLOGY: distribution-free estimates, intervals and tests on few, noisy, skewed values.
 * No function changes its input unless it says so. NaN or infinite input is refused with -EINVAL, empty input too;
 * -ENOMEM when memory runs out. Where there are too few values for an interval, its ends are NaN.
 * An alpha must be between 0 and 1, without the ends, a p within 0 … 1; else -EINVAL.
 */
#ifndef TVP_STATS_STATS_H
#define TVP_STATS_STATS_H

#include <stddef.h>

struct interval {
	double estimate;
	double low;
	double high;
};

int stats_median(const double *values, size_t count, double *median);
int stats_minimum(const double *values, size_t count, double *minimum);

/* Median absolute deviation from the median, unscaled. */
int stats_mad(const double *values, size_t count, double *mad);

/* Quantile by linear interpolation (type 7), 0 <= p <= 1. */
int stats_quantile(const double *values, size_t count, double p, double *quantile);

/* Like stats_quantile, but NaN unless at least 10 values lie beyond, count * min(p, 1 - p) >= 10: p99 needs 1,000. */
int stats_tail(const double *values, size_t count, double p, double *quantile);

/* Median with its order-statistic interval [x(l), x(n+1-l)], l the largest with P(Bin(n, 1/2) <= l - 1) <= alpha/2.
 * n = 20, alpha = 0.05 gives l = 6. */
int stats_median_interval(const double *values, size_t count, double alpha, struct interval *interval);

/* The same of values that may be infinite: known only to lie below (-INFINITY) or above (INFINITY) all that can be seen.
 * As ranks decide, the interval is as good as if they were known; where it reaches them its ends are infinite, and the
 * estimate is NaN where it would lie between the two. */
int stats_median_interval_censored(const double *values, size_t count, double alpha, struct interval *interval);

/* Where y begins to stay above 0 along x (ascending): between the last place that is not above 0 and the next, by linear
 * interpolation. -INFINITY if y is above 0 at every place, INFINITY if it is not at the last one. */
int stats_crossing(const double *x, const double *y, size_t count, double *crossing);

struct line {
	double fixed; /* its value at 0 */
	double slope;
};

/* The line that lies nearest to y along x, in any order: least squares, each distance divided by that value's noise, so
 * weights 1/noise^2 (the textbook's closed form, about the weighted means). Only the ratios of the noise matter. Where
 * noise is a share of the value, as that of times is, pass what is typical of each place: the fixed part then follows
 * from the small values, which tell of it, and the slope from the large ones. Without weights the noise of the largest
 * value would drown a fixed part that is a hundredth of it. A single noisy y is a poor measure of its own noise: it
 * counts for more where it happens to be small, and the line lies too low. -EINVAL without two different x; -EDOM if a
 * noise is not > 0, or if the line is beyond what doubles hold. */
int stats_line(const double *x, const double *y, const double *noise, size_t count, struct line *line);

/* Hodges-Lehmann estimate of the centre of paired differences, with the interval W(K+1) … W(M-K) of the ordered
 * Walsh averages, K = max{k : P(T+ <= k) <= alpha/2} under the signed-rank distribution (normal approximation with
 * continuity correction above 300 differences). Ends are NaN when no such K exists (n < 6 at alpha = 0.05).
 * Memory grows with n, not with M. */
int stats_paired_difference(const double *differences, size_t count, double alpha, struct interval *interval);

/* Paired ratio a[i] / b[i]: the same on logarithms, exponentiated. Values must be > 0, else -EDOM. */
int stats_paired_ratio(const double *a, const double *b, size_t count, double alpha, struct interval *ratio);

/* Two-sided p of the Wilcoxon signed-rank test; exact up to 50 differences without ties or zeros, else normal with
 * tie and continuity correction; zeros are dropped (Wilcoxon's own treatment). All zero: p = 1. */
int stats_signed_rank(const double *differences, size_t count, double *p_value);

/* Clopper-Pearson interval of the probability behind so many successes in so many trials: it holds the truth with at
 * least the confidence asked for. Good to 9 digits up to ten million trials. -EINVAL without trials or with more
 * successes than trials. */
int stats_binomial_interval(size_t successes, size_t trials, double alpha, struct interval *share);

/* Geometric mean of ratios, each with its interval, all of one confidence; the mean's interval is of the same. It is
 * about these very ratios, each with the same weight, not about others that might have been measured. `correlation`, 0
 * to 1, is that of their errors: 0 if they are independent, 1 if all have a disturbance in common, as the cells of one
 * run may have: then the mean is no better known than its parts. Half-widths add as standard errors do (Zou and
 * Donner 2008). Ends are NaN if one of the parts' is. -EDOM if an estimate is not > 0 or an end is < 0; -EINVAL if an
 * estimate is not finite or lies outside its interval. */
int stats_geometric_mean(const struct interval *ratios, size_t count, double correlation, struct interval *mean);

/* a / b of two independent ratios: the difference of their logarithms, as between two machines. As above. */
int stats_ratio_of_ratios(const struct interval *a, const struct interval *b, struct interval *quotient);

/* Holm's step-down adjustment, in place; the order of the values is kept. */
int stats_holm(double *p_values, size_t count);

enum verdict { VERDICT_FASTER, VERDICT_SLOWER, VERDICT_EQUIVALENT, VERDICT_INCONCLUSIVE };

/* "faster", "slower", "equivalent", "inconclusive" */
const char *verdict_name(enum verdict verdict);

/* Against a margin (0.02 = 2 %): with m = 1 + margin, faster or slower if the interval lies beyond 1/m … m,
 * equivalent if it lies inside, else inconclusive. `ratio` is time over baseline time (> 1: slower) when
 * lower_is_better, throughput over baseline throughput otherwise. NaN ends are inconclusive. */
enum verdict stats_verdict(const struct interval *ratio, double margin, int lower_is_better);

/* Half-width of a ratio's interval, relative: (ln high - ln low) / 2. NaN if there is no interval. */
double stats_half_width(const struct interval *ratio);

/* How many blocks would bring a half-width that `count` blocks gave to the one that is wanted: as widths of intervals
 * fall with 1/sqrt(n), n (half_width / wanted)^2, rounded up; never less than `count`. A guide, not a promise: the
 * half-width is itself an estimate, and while n is small it falls somewhat faster. SIZE_MAX if there is no such number;
 * -EINVAL if a width is not a finite number, half_width < 0 or wanted <= 0. */
int stats_blocks_needed(double half_width, size_t count, double wanted, size_t *blocks);

#endif
