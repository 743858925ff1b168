/* SPDX-License-Identifier: MIT */
/* Made-up machines: quiet, drifting, wandering, stepping, persistent, alternating. */
#include "disturbance.h"

#include <math.h>

/* SplitMix64: G. L. Steele, D. Lea and C. H. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014. */
static uint64_t random_next(struct random *random)
{
	uint64_t z = random->state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

double random_uniform(struct random *random)
{
	return ((double)(random_next(random) >> 12) + 0.5) * 0x1p-52;
}

/* Box and Muller's transform, half of it. */
double random_normal(struct random *random)
{
	double radius = sqrt(-2 * log(random_uniform(random)));

	return radius * cos(2 * acos(-1) * random_uniform(random));
}

static void fill_none(struct random *random, double *logarithms, size_t count)
{
	(void)random;
	for (size_t i = 0; i < count; i++)
		logarithms[i] = 0;
}

/* 10 % in all. */
static void fill_drift(struct random *random, double *logarithms, size_t count)
{
	(void)random;
	for (size_t i = 0; i < count; i++)
		logarithms[i] = 0.1 * (double)i / (double)count;
}

/* 2 % a step. */
static void fill_walk(struct random *random, double *logarithms, size_t count)
{
	double here = 0;

	for (size_t i = 0; i < count; i++)
		logarithms[i] = here += 0.02 * random_normal(random);
}

/* 10 % up at any moment but the first. */
static void fill_step(struct random *random, double *logarithms, size_t count)
{
	double moment = 1 + random_uniform(random) * (double)(count - 1);

	for (size_t i = 0; i < count; i++)
		logarithms[i] = (double)i < floor(moment) ? 0 : 0.1;
}

/* 3 % of standard deviation, stationary from the start. */
static void fill_persistent(struct random *random, double *logarithms, size_t count, double persistence)
{
	double fresh = sqrt(1 - persistence * persistence);
	double here = random_normal(random);

	for (size_t i = 0; i < count; i++) {
		logarithms[i] = 0.03 * here;
		here = persistence * here + fresh * random_normal(random);
	}
}

static void fill_ar_05(struct random *random, double *logarithms, size_t count)
{
	fill_persistent(random, logarithms, count, 0.5);
}

static void fill_ar_08(struct random *random, double *logarithms, size_t count)
{
	fill_persistent(random, logarithms, count, 0.8);
}

/* 5 % up and down again; either may come first. */
static void fill_alternating(struct random *random, double *logarithms, size_t count)
{
	size_t phase = random_uniform(random) < 0.5;

	for (size_t i = 0; i < count; i++)
		logarithms[i] = (i + phase) % 2 ? 0.05 : 0;
}

const struct disturbance disturbances[] = {
	{.name = "none", .fill = fill_none, .fades = true},
	{.name = "linear drift, 10 %", .fill = fill_drift, .fades = true},
	{.name = "random walk, 2 %", .fill = fill_walk},
	{.name = "step, 10 %", .fill = fill_step},
	{.name = "AR(1) 0.5, 3 %", .fill = fill_ar_05},
	{.name = "AR(1) 0.8, 3 %", .fill = fill_ar_08},
	{.name = "period 2, 5 %", .fill = fill_alternating, .fades = true},
	{.name = "AR(1) 0.5 alone", .fill = fill_ar_05, .alone = true, .fades = true},
	{.name = "AR(1) 0.8 alone", .fill = fill_ar_08, .alone = true, .fades = true},
	{.name = "random walk alone", .fill = fill_walk, .alone = true},
	{.name = NULL},
};

static double draw_quiet(struct random *random)
{
	return exp(0.03 * random_normal(random));
}

static double draw_skewed(struct random *random)
{
	return exp(random_normal(random));
}

static double draw_exponential(struct random *random)
{
	return -log(random_uniform(random));
}

/* One value in ten belongs to a slow mode. */
static double draw_two_modes(struct random *random)
{
	double slow = random_uniform(random) < 0.1 ? 1.6 : 1;

	return slow * exp(0.01 * random_normal(random));
}

/* P(X > x) = x^-2: no variance. */
static double draw_heavy(struct random *random)
{
	return 1 / sqrt(random_uniform(random));
}

const struct distribution distributions[] = {
	{"lognormal, 3 %", draw_quiet}, {"lognormal, sigma 1", draw_skewed}, {"exponential", draw_exponential},
	{"two modes", draw_two_modes},  {"Pareto, index 2", draw_heavy},     {NULL, NULL},
};
