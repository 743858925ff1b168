/* SPDX-License-Identifier: MIT */
/* Where a curve that is known at a few places begins to stay above 0, by linear interpolation. */
#include <errno.h>
#include <math.h>

#include "stats/sorted.h"
#include "stats/stats.h"

int stats_crossing(const double *x, const double *y, size_t count, double *crossing)
{
	int error = values_check(x, count);
	size_t last = count; /* places up to the last one that is not above 0 */
	double share;

	if (!error)
		error = values_check(y, count);
	for (size_t i = 1; !error && i < count; i++)
		if (!(x[i] > x[i - 1]))
			error = -EINVAL;
	if (error)
		return error;
	while (last > 0 && y[last - 1] > 0)
		last--;
	if (last == 0 || last == count) {
		*crossing = last ? INFINITY : -INFINITY;
		return 0;
	}
	/* as a quotient, which may be as large as it likes, where the difference of two y might not be finite */
	share = y[last - 1] < 0 ? 1 / (1 + y[last] / -y[last - 1]) : 0;
	*crossing = (1 - share) * x[last - 1] + share * x[last];
	return 0;
}
