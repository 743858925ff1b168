/* SPDX-License-Identifier: MIT */
/* Reads run.json, which may come from a stranger: every member that is used is checked before it is. */
#include "output/model.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/workload.h"
#include "output/json_read.h"
#include "output/member.h"
#include "output/published.h"

static const char advice[] = "copy the folder again, or measure anew with `tvp run`";

int model_open_file(const char *path, const char *name, uint64_t *size_bytes, char *reason)
{
	char *full;
	struct stat status;
	int fd, error;

	if (asprintf(&full, "%s/%s", path, name) < 0)
		return reason_set(reason, -ENOMEM, "%s: out of memory", name);
	fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	free(full);
	if (fd < 0)
		return reason_set(reason, -errno,
				  "%s: cannot be opened: %s; name the folder of a run, as results/MACHINE/RUN", name,
				  strerror(errno));
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
		error = reason_set(reason, -EINVAL, "%s: is not a regular file; %s", name, advice);
		close(fd);
		return error;
	}
	*size_bytes = (uint64_t)status.st_size;
	return fd;
}

static int load_json(struct model *model, const char *path, char *reason)
{
	uint64_t size_bytes;
	int fd = model_open_file(path, "run.json", &size_bytes, reason), error;

	if (fd < 0)
		return fd;
	if (size_bytes > JSON_READ_BYTES)
		error = reason_set(reason, -EINVAL, "run.json: is larger than any run's (128 MiB); %s", advice);
	else
		error = json_read(fd, "run.json", &model->run, reason);
	close(fd);
	if (!error && !json_is_object(model->run))
		return reason_set(reason, -EINVAL, "run.json: is not an object; %s", advice);
	return error;
}

static int read_margin(struct model *model, const struct place *top)
{
	const json_t *options = json_object_get(model->run, "options"), *margin = json_object_get(options, "margin");

	model->margin = 0.02;
	if (!json_is_object(options))
		return member_complain(top, "options", "is no object");
	if (!margin || json_is_null(margin))
		return 0;
	model->margin = json_number_value(margin);
	if (!json_is_number(margin) || !(model->margin >= 0 && model->margin < 10))
		return member_complain(top, "options.margin", "is not a number from 0 to 10");
	return 0;
}

static int read_top(struct model *model, char *reason)
{
	struct place top = {"", 0, reason};
	uint64_t schema, blocks = 0;
	int error;

	if ((error = member_whole(&top, model->run, "schema", 1, INT64_MAX, &schema)) ||
	    (error = member_name(&top, model->run, "run_id", &model->run_id)) ||
	    (error = member_name(&top, model->run, "machine_id", &model->machine_id)) ||
	    (error = member_name(&top, model->run, "status", &model->status)) ||
	    (error = member_whole(&top, model->run, "blocks", 0, UINT32_MAX, &blocks)) ||
	    (error = member_whole(&top, model->run, "samples_bytes", 0, INT64_MAX, &model->samples_bytes)))
		return error;
	if (schema != 1)
		return reason_set(reason, -EINVAL, "run.json: has schema %llu, this tvp reads 1: use a newer tvp",
				  (unsigned long long)schema);
	model->blocks = (uint32_t)blocks;
	model->complete = strcmp(model->status, "complete") == 0;
	if (!model->complete && strcmp(model->status, "running") != 0 && strcmp(model->status, "interrupted") != 0 &&
	    strcmp(model->status, "failed") != 0)
		return member_complain(&top, "status", "is none of running, complete, interrupted, failed");
	return read_margin(model, &top);
}

static int read_figure(struct model_experiment *experiment, const struct place *place, const json_t *value)
{
	struct model_figure *figure = &experiment->figures[experiment->figure_count];
	const char *better = NULL;
	int error;

	if ((error = member_name(place, value, "name", &figure->name)) ||
	    (error = member_name(place, value, "unit", &figure->unit)) ||
	    (error = member_name(place, value, "better", &better)))
		return error;
	figure->higher_is_better = strcmp(better, "higher") == 0;
	if (!figure->higher_is_better && strcmp(better, "lower") != 0)
		return member_complain(place, "figures", "have a `better` that is neither lower nor higher");
	for (unsigned i = 0; i < experiment->figure_count; i++)
		if (strcmp(experiment->figures[i].name, figure->name) == 0)
			return member_complain(place, "figures", "have one name twice");
	experiment->figure_count++;
	return 0;
}

/* A parameter along which cells are looked at, and its unit; runs of older versions do not have it. */
static int read_along(const struct place *place, const json_t *value, const char *key, const char **parameter,
		      const char **unit)
{
	const json_t *along = json_object_get(value, key);
	int error;

	if (!along || json_is_null(along))
		return 0;
	if (!json_is_object(along))
		return member_complain(place, key, "is no object");
	error = member_name(place, along, "parameter", parameter);
	return error ? error : member_name(place, along, "unit", unit);
}

/* Names; runs of older versions do not have them. */
static int read_settings(const struct place *place, const json_t *value, const json_t **settings)
{
	json_t *array = NULL;
	size_t count = 0;
	int error;

	if (!json_object_get(value, "settings"))
		return 0;
	error = member_array(place, value, "settings", MODEL_SETTINGS, &array, &count);
	for (size_t i = 0; !error && i < count; i++) {
		const json_t *name = json_array_get(array, i);
		size_t length = json_string_length(name);

		if (!json_is_string(name) || length > MEMBER_NAME_BYTES || strlen(json_string_value(name)) != length)
			error = member_complain(place, "settings", "are not all names");
	}
	if (!error)
		*settings = array;
	return error;
}

static int read_experiment(struct model *model, const struct place *place, const json_t *value)
{
	struct model_experiment *experiment = &model->experiments[model->experiment_count];
	json_t *figures = NULL;
	size_t count = 0;
	int error;

	if ((error = member_name(place, value, "name", &experiment->name)) ||
	    (error = member_optional_text(place, value, "question", &experiment->question)) ||
	    (error = read_along(place, value, "crossing", &experiment->crossing, &experiment->crossing_unit)) ||
	    (error = read_along(place, value, "slope", &experiment->slope, &experiment->slope_unit)) ||
	    (error = read_settings(place, value, &experiment->settings)) ||
	    (error = member_array(place, value, "figures", MODEL_FIGURES, &figures, &count)))
		return error;
	if (count == 0)
		return member_complain(place, "figures", "is empty");
	for (unsigned i = 0; i < model->experiment_count; i++)
		if (strcmp(model->experiments[i].name, experiment->name) == 0)
			return member_complain(place, "name", "is there twice");
	model->experiment_count++; /* from here on model_exit frees its figures */
	experiment->figures = calloc(count, sizeof(*experiment->figures));
	if (!experiment->figures)
		return reason_set(place->reason, -ENOMEM, "run.json: out of memory");
	for (size_t i = 0; !error && i < count; i++)
		error = read_figure(experiment, place, json_array_get(figures, i));
	return error;
}

static int read_experiments(struct model *model, char *reason)
{
	struct place top = {"", 0, reason};
	json_t *array = NULL;
	size_t count = 0;
	int error = member_array(&top, model->run, "experiments", MODEL_EXPERIMENTS, &array, &count);

	if (error)
		return error;
	model->experiments = calloc(count + 1, sizeof(*model->experiments));
	if (!model->experiments)
		return reason_set(reason, -ENOMEM, "run.json: out of memory");
	for (size_t i = 0; !error && i < count; i++)
		error = read_experiment(model, &(struct place){"experiments", i, reason}, json_array_get(array, i));
	return error;
}

int model_load(struct model *model, const char *path, char *reason)
{
	int error;

	*model = (struct model){0};
	error = load_json(model, path, reason);
	if (!error)
		error = read_top(model, reason);
	if (!error)
		error = read_experiments(model, reason);
	if (!error)
		error = model_read_cells(model, reason);
	if (!error)
		error = published_read(model, reason);
	if (error)
		model_exit(model);
	return error;
}

void model_exit(struct model *model)
{
	for (unsigned i = 0; i < model->experiment_count; i++)
		free(model->experiments[i].figures);
	free(model->experiments);
	published_exit(model);
	free(model->cells);
	free(model->by_name);
	json_decref(model->run);
	*model = (struct model){0};
}
