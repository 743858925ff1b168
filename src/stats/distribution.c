/* SPDX-License-Identifier: MIT */
/*
 * Normal, beta and Student's t distribution functions.
 * Source: NIST Digital Library of Mathematical Functions, 8.17.22 for the continued fraction of the incomplete beta
 * function, 8.17.4 for its symmetry; evaluated with W. J. Lentz's algorithm (Applied Optics 15, 1976) as modified by
 * I. J. Thompson and A. R. Barnett (Journal of Computational Physics 64, 1986). M. Abramowitz and I. A. Stegun,
 * "Handbook of Mathematical Functions", 26.7.1, for Student's t from it.
 */
#include "stats/distribution.h"

#include <float.h>
#include <math.h>

#include "stats/search.h"

#define LOG_2PI            1.8378770664093454836
#define FRACTION_TERMS_MAX 1000000 /* it takes some sqrt(a + b); a guard against never ending */

double normal_below(double z)
{
	return erfc(-z / sqrt(2)) / 2;
}

/* A denominator may vanish on the way: then the next one is huge, and their product is what counts. */
static double not_zero(double value)
{
	return fabs(value) < 1e-300 ? 1e-300 : value;
}

/* 1 / (1 + d1 / (1 + d2 / (1 + …))); quick for x < (a + 1) / (a + b + 2). */
static double beta_fraction(double a, double b, double x)
{
	double upper = 1; /* the two halves of Lentz's product */
	double lower = 1 / not_zero(1 - (a + b) * x / (a + 1));
	double fraction = lower;

	for (int term = 1; term < FRACTION_TERMS_MAX; term++) {
		double m = term;
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		double step;

		lower = 1 / not_zero(1 + even * lower);
		upper = not_zero(1 + even / upper);
		fraction *= lower * upper;
		lower = 1 / not_zero(1 + odd * lower);
		upper = not_zero(1 + odd / upper);
		step = lower * upper;
		fraction *= step;
		if (fabs(step - 1) <= DBL_EPSILON)
			break;
	}
	return fraction;
}

/* What Stirling's formula (DLMF 5.11.1) leaves of ln Gamma(x). */
static double stirling_rest(double x)
{
	double square = x * x;

	if (x < 16)
		return lgamma(x) - ((x - 0.5) * log(x) - x + LOG_2PI / 2);
	return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - 1 / (1680 * square)) / square) / square) / x;
}

/* x^a y^b / B(a, b) for y = 1 - x; both are given, because one of them may be too small to come from the other. The
 * three ln Gamma of B would be far larger than what remains of them, so only their differences are ever computed. */
static double beta_front(double a, double b, double x, double y)
{
	double rest = stirling_rest(a + b) - stirling_rest(a) - stirling_rest(b);
	double a_part = a * (log1p(b / a) + (y < x ? log1p(-y) : log(x)));
	double b_part = b * (log1p(a / b) + (x < y ? log1p(-x) : log(y)));

	return exp(a_part + b_part + rest + (log(a) - log1p(a / b) - LOG_2PI) / 2);
}

static double beta_lower(double a, double b, double x, double y)
{
	if (x <= 0 || y <= 0)
		return x <= 0 ? 0 : 1;
	if (x < (a + 1) / (a + b + 2))
		return beta_front(a, b, x, y) * beta_fraction(a, b, x) / a;
	return 1 - beta_front(a, b, x, y) * beta_fraction(b, a, y) / b;
}

double beta_below(double a, double b, double x)
{
	return beta_lower(a, b, x, 1 - x);
}

double student_two_sided(double t, double freedom)
{
	double square = t * t;

	if (isinf(freedom))
		return erfc(t / sqrt(2));
	if (isinf(square))
		return 0;
	return beta_lower(freedom / 2, 0.5, freedom / (freedom + square), square / (freedom + square));
}

struct quantile {
	double alpha;
	double freedom;
};

static bool rare_enough(const void *context, double t)
{
	const struct quantile *wanted = context;

	return student_two_sided(t, wanted->freedom) <= wanted->alpha;
}

double student_quantile(double alpha, double freedom)
{
	return search_double(rare_enough, &(struct quantile){alpha, freedom}, 0, DBL_MAX);
}
