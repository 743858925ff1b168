/* SPDX-License-Identifier: MIT */
/* run.json as its readers know it: checked, with cells found by name. Strings live in the JSON. */
#ifndef TVP_OUTPUT_MODEL_H
#define TVP_OUTPUT_MODEL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of what a file may have at most; a plan has no more cells. */
enum { MODEL_EXPERIMENTS = 1000, MODEL_FIGURES = 64, MODEL_SETTINGS = 64, MODEL_CELLS = 100000, MODEL_ROWS = 400000 };

struct model_figure {
	const char *name, *unit;
	bool higher_is_better;
};

struct model_experiment {
	const char *name, *question;
	const char *crossing, *crossing_unit; /* the parameter along which break-evens are looked for; NULL: none */
	const char *slope, *slope_unit;       /* the parameter along which lines are fitted; NULL: none */
	struct model_figure *figures;
	unsigned figure_count;
	const json_t *settings; /* names of what its cells differ in beside the workload's parameters; NULL: unknown */
};

struct model_cell {
	const char *name, *group, *workload, *executor, *placement, *params;
	bool paired;       /* compared with another cell, or another with it */
	uint64_t constant; /* what the workload's calibration found, which its operations depend on; 0: nothing */
	const char *skip;  /* NULL: it could run */
	unsigned workers;
	bool control;
	unsigned experiment;
	unsigned group_index;    /* dense, in order of appearance */
	int baseline, reference; /* index of a cell; -1: none */
	size_t first_row;        /* of its figures, in a table of every cell's figures */
};

struct model_table;

struct model {
	json_t *run;
	const char *run_id, *machine_id, *status;
	bool complete;
	uint64_t samples_bytes;
	uint32_t blocks;
	double margin;
	struct model_experiment *experiments;
	unsigned experiment_count;
	struct model_cell *cells;
	unsigned cell_count;
	unsigned group_count;
	unsigned *by_name;          /* cell indices in order of name */
	struct model_table *tables; /* published ones (output/published.h) */
	unsigned table_count;
	size_t row_count;
};

/* Reads run.json of a folder. 0, -EINVAL or the errno of opening it, with a reason that says what to do. */
int model_load(struct model *model, const char *path, char *reason);
void model_exit(struct model *model);

/* The part of model_load that reads the cells; the experiments are known already. */
int model_read_cells(struct model *model, char *reason);

/* Index of the cell with this name, or -1. */
int model_find_cell(const struct model *model, const char *name);

/* Opens a file of a run's folder: a regular one, and no waiting. Its descriptor, or a negative errno. */
int model_open_file(const char *path, const char *name, uint64_t *size_bytes, char *reason);

#endif
