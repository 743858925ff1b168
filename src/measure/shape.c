/* SPDX-License-Identifier: MIT */
/* The list of shapes. */
#include "measure/shape.h"

const struct shape_ops *const shape_table[] = {
	[SHAPE_CREATE] = &shape_create,
	[SHAPE_LOOP] = &shape_loop,
	[SHAPE_FARM] = &shape_farm,
};
