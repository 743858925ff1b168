/* SPDX-License-Identifier: MIT */
/* SIGINT, SIGTERM and SIGHUP: once finishes the block in hand, twice stops at once, which is said on standard error. */
#ifndef TVP_MEASURE_SIGNALS_H
#define TVP_MEASURE_SIGNALS_H

#include <stdbool.h>

/* From now on; files and pipes that take no more become errors (EFBIG, EPIPE). */
void signals_catch(void);

/* Was there one, also while no measurer ran? */
bool signals_soon(void);

/* Was there a second one? */
bool signals_at_once(void);

#endif
