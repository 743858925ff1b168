/* SPDX-License-Identifier: MIT */
/* Our texts, numbers and facts as jansson's values. */
#include "output/json_values.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "output/text.h"

/* jansson refuses what is not UTF-8, and a file name or an error text may be anything. */
json_t *json_text(const char *text)
{
	char *repaired = text ? text_repair(text) : NULL;
	json_t *value = text ? json_string(repaired) : json_null();

	free(repaired);
	return value;
}

json_t *json_number(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

json_t *json_interval(const struct interval *interval)
{
	return json_pack("[o, o, o]", json_number(interval->estimate), json_number(interval->low),
			 json_number(interval->high));
}

static json_t *fact_value(const struct fact *fact)
{
	uint64_t whole;
	double real;

	if (!fact->value || !*fact->value)
		return json_null();
	if (fact->type == FACT_BOOL)
		return strcmp(fact->value, "true") == 0    ? json_true()
		       : strcmp(fact->value, "false") == 0 ? json_false()
							   : json_null();
	if (fact->type == FACT_TEXT)
		return json_text(fact->value);
	if (text_parse_whole(fact->value, &whole) == 0 && whole <= INT64_MAX)
		return json_integer((json_int_t)whole);
	return text_parse_real(fact->value, &real) == 0 ? json_real(real) : json_null();
}

json_t *json_facts(const struct facts *facts)
{
	json_t *object;

	if (!facts)
		return json_null();
	object = json_object();
	for (size_t i = 0; i < facts->count; i++)
		json_object_set_new(object, facts->list[i].name, fact_value(&facts->list[i]));
	return object;
}
