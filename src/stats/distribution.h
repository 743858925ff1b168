/* SPDX-License-Identifier: MIT */
/* The distribution functions that tests and intervals lean on, for this folder. */
#ifndef TVP_STATS_DISTRIBUTION_H
#define TVP_STATS_DISTRIBUTION_H

/* P(Z <= z) of the standard normal distribution. */
double normal_below(double z);

/* I_x(a, b), the regularised incomplete beta function: P(X <= x) of a beta distribution. a, b > 0. */
double beta_below(double a, double b, double x);

/* P(|T| >= t) of Student's t with that many degrees of freedom > 0; infinitely many: the normal distribution. t >= 0. */
double student_two_sided(double t, double freedom);

/* The t that is reached with probability alpha, 0 < alpha < 1: 1.96 for 0.05 and infinite freedom. */
double student_quantile(double alpha, double freedom);

#endif
