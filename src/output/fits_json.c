/* SPDX-License-Identifier: MIT */
/* Fits for programs: the rows of fits.csv as JSON objects; what is not known is null. */
#include <jansson.h>

#include "output/fits.h"
#include "output/json_values.h"

static void set_text(json_t *object, const char *key, const char *text)
{
	json_object_set_new(object, key, *text ? json_text(text) : json_null());
}

/* A level may be more than JSON's whole numbers hold. */
static json_t *level_value(uint64_t level)
{
	return level > INT64_MAX ? json_number((double)level) : json_integer((json_int_t)level);
}

static json_t *fit_value(const struct fit *fit)
{
	json_t *object = json_object();

	set_text(object, "experiment", fit->experiment);
	set_text(object, "workload", fit->workload);
	set_text(object, "executor", fit->executor);
	json_object_set_new(object, "workers", json_integer(fit->workers));
	set_text(object, "placement", fit->placement);
	set_text(object, "params", fit->params);
	set_text(object, "figure", fit->figure);
	set_text(object, "parameter", fit->parameter);
	json_object_set_new(object, "least", level_value(fit->least));
	json_object_set_new(object, "most", level_value(fit->most));
	json_object_set_new(object, "levels", json_integer(fit->levels));
	json_object_set_new(object, "fixed", json_interval(&fit->fixed));
	set_text(object, "fixed_unit", fit->fixed_unit);
	json_object_set_new(object, "slope", json_interval(&fit->slope));
	set_text(object, "slope_unit", fit->slope_unit);
	json_object_set_new(object, "off", json_number(fit->off));
	json_object_set_new(object, "blocks", json_integer(fit->blocks));
	set_text(object, "status", fit_status_name(fit));
	return object;
}

json_t *fits_json(const struct fits *fits)
{
	json_t *array = json_array();

	for (size_t i = 0; i < fits->count; i++)
		json_array_append_new(array, fit_value(&fits->list[i]));
	return array;
}
