/* SPDX-License-Identifier: MIT */
/*
 * Bodies that attract each other: one operation follows one small cluster through time, with all pairs and a symplectic
 * integrator. Clusters lie in the arena and are only read; each worker moves a copy of its own. Method: leapfrog, as in
 * Hairer, Lubich, Wanner, Geometric numerical integration illustrated by the Stormer-Verlet method, Acta Numerica 12
 * (2003); forces softened as in Aarseth, Dynamical evolution of clusters of galaxies I, MNRAS 126 (1963).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#include "core/arena.h"
#include "core/mix.h"
#include "core/workload.h"

enum { NBODY_BODIES, NBODY_STEPS };

static const struct parameter nbody_parameters[] = {
	[NBODY_BODIES] = {"bodies", "", "of one cluster", 16, 2, 512, NULL},
	[NBODY_STEPS] = {"steps", "", "of 1/256 of the unit of time; a cluster is crossed in about 4 units", 64, 1,
			 1024, NULL},
	{0},
};

/* Clusters repeat, so that where they end can be known beforehand; fewer if that would take long. */
enum { CLUSTERS_MAX = 8, SEEDS_MAX = 64, LANES = 2 };
static const uint64_t nbody_known_pairs = 1 << 18;

static const double nbody_step = 1.0 / 256, nbody_softening2 = 1.0 / 64;
/* Units of the result, a moment of inertia; and the part of one within which two computations may differ. */
static const double nbody_units = 1 << 20, nbody_unsure = 1e-3;
/* What leapfrog may lose of the energy, as a part of it, and what rounding may make of no momentum. */
static const double nbody_energy_error = 5e-3, nbody_momentum_error = 1e-9;

/* What is known of a cluster, an array each, and how many of them there are; accelerations are the worker's own. */
enum { X, Y, Z, VX, VY, VZ, MASS, CLUSTER_ARRAYS, AX = CLUSTER_ARRAYS, AY, AZ, ALL_ARRAYS };

/* In the arena, followed by the clusters. */
struct nbody_data {
	uint64_t expected[CLUSTERS_MAX];
	uint64_t clusters_offset;
};

/* What a processor of any kind has registers for. */
typedef double lanes __attribute__((vector_size(LANES * sizeof(double))));

/* Room for the bodies in one array, whole vectors: what is beyond them has no mass. */
static uint64_t nbody_room(const struct job *job)
{
	return (job->parameters[NBODY_BODIES] + LANES - 1) / LANES * LANES;
}

static uint64_t nbody_clusters(const struct job *job)
{
	uint64_t bodies = job->parameters[NBODY_BODIES];
	uint64_t clusters = nbody_known_pairs / (bodies * bodies * job->parameters[NBODY_STEPS]);

	return clusters > CLUSTERS_MAX ? CLUSTERS_MAX : clusters ? clusters : 1;
}

static size_t nbody_cluster_bytes(const struct job *job)
{
	return CLUSTER_ARRAYS * nbody_room(job) * sizeof(double);
}

static size_t nbody_arena_bytes(const struct job *job)
{
	return sizeof(struct nbody_data) + nbody_clusters(job) * nbody_cluster_bytes(job) + 128;
}

/*
 * 1 / sqrt(n)^3 by the processor's square root of a vector, and without a function of libm where it has none: a guess
 * from the exponent, and Newton's iterations for what it lacks, each of which doubles the digits (Lomont, Fast inverse
 * square root, Purdue University 2003).
 */
static inline lanes nbody_inverse_cube(lanes n)
{
#if defined(__SSE2__)
	return 1 / (n * (lanes)_mm_sqrt_pd((__m128d)n));
#elif defined(__aarch64__)
	return 1 / (n * (lanes)vsqrtq_f64((float64x2_t)n));
#else
	typedef int64_t lane_bits __attribute__((vector_size(sizeof(lanes))));
	lanes half = 0.5 * n, root;
	lane_bits bits;

	memcpy(&bits, &n, sizeof(bits));
	bits = INT64_C(0x5fe6eb50c7b537a9) - (bits >> 1);
	memcpy(&root, &bits, sizeof(root));
	for (int i = 0; i < 4; i++)
		root *= 1.5 - half * root * root;
	return root * root * root;
#endif
}

static inline lanes nbody_load(const double *at)
{
	lanes loaded;

	memcpy(&loaded, at, sizeof(loaded));
	return loaded;
}

/* What pulls at body i. Softened, it pulls at itself with no force, so it need not be left out. */
static inline void nbody_accelerate(double *const *arrays, uint64_t i, uint64_t room)
{
	lanes ax = {0}, ay = {0}, az = {0};

	for (uint64_t j = 0; j < room; j += LANES) {
		lanes dx = nbody_load(arrays[X] + j) - arrays[X][i];
		lanes dy = nbody_load(arrays[Y] + j) - arrays[Y][i];
		lanes dz = nbody_load(arrays[Z] + j) - arrays[Z][i];
		lanes distance2 = dx * dx + dy * dy + dz * dz + nbody_softening2;
		lanes pull = nbody_load(arrays[MASS] + j) * nbody_inverse_cube(distance2);

		ax += dx * pull;
		ay += dy * pull;
		az += dz * pull;
	}
	arrays[AX][i] = ax[0] + ax[1];
	arrays[AY][i] = ay[0] + ay[1];
	arrays[AZ][i] = az[0] + az[1];
}

/* to += by * time, for the three axes. */
static void nbody_move(double *const *arrays, int to, int by, double time, uint64_t room)
{
	for (int axis = 0; axis < 3; axis++)
		for (uint64_t i = 0; i < room; i++)
			arrays[to + axis][i] += arrays[by + axis][i] * time;
}

/* Kick, drift, kick, with two kicks in one where they meet; the last one would not move a body any more. */
static void nbody_follow(double *const *arrays, uint64_t steps, uint64_t room)
{
	for (uint64_t step = 0; step < steps; step++) {
		for (uint64_t i = 0; i < room; i++)
			nbody_accelerate(arrays, i, room);
		nbody_move(arrays, VX, AX, step ? nbody_step : nbody_step / 2, room);
		nbody_move(arrays, X, VX, nbody_step, room);
	}
}

/* A moment of inertia about the origin, with a weight for each body so that no two could change places. */
static double nbody_moment(double *const *arrays, uint64_t bodies)
{
	double sum = 0;

	for (uint64_t i = 0; i < bodies; i++)
		sum += (double)(i + 1) *
		       (arrays[X][i] * arrays[X][i] + arrays[Y][i] * arrays[Y][i] + arrays[Z][i] * arrays[Z][i]);
	return sum / (double)bodies;
}

static void nbody_point(double **arrays, double *memory, uint64_t room, int count)
{
	for (int i = 0; i < count; i++)
		arrays[i] = memory + (uint64_t)i * room;
}

static double nbody_random(uint64_t n)
{
	return (double)(mix64(n) >> 11) / (double)(UINT64_C(1) << 52) - 1;
}

/* Bodies of all in all mass 1 in a cube from -1 to 1, at rest as a whole. */
static void nbody_scatter(double *const *arrays, uint64_t bodies, uint64_t seed)
{
	double mass = 0;

	for (uint64_t i = 0; i < bodies; i++)
		mass += arrays[MASS][i] = 1 + nbody_random(seed + i * CLUSTER_ARRAYS + MASS) / 2;
	for (int array = X; array <= VZ; array++) {
		double centre = 0;

		for (uint64_t i = 0; i < bodies; i++) {
			arrays[array][i] = nbody_random(seed + i * CLUSTER_ARRAYS + (uint64_t)array);
			if (array >= VX)
				arrays[array][i] /= 2;
			centre += arrays[MASS][i] * arrays[array][i] / mass;
		}
		for (uint64_t i = 0; i < bodies; i++)
			arrays[array][i] -= centre;
	}
	for (uint64_t i = 0; i < bodies; i++)
		arrays[MASS][i] /= mass;
}

/* Heron's rule from a guess with half the exponent; for the distances that there are. */
static double nbody_root(double n)
{
	double root;
	uint64_t bits;

	memcpy(&bits, &n, sizeof(bits));
	bits = (bits >> 1) + UINT64_C(0x1ff7a3bea91d9b1b);
	memcpy(&root, &bits, sizeof(root));
	for (int i = 0; i < 4; i++)
		root = (root + n / root) / 2;
	return root;
}

/* Accelerations once more, by pairs: each pulls at the other as that does at it. Returns the potential energy. */
static double nbody_pairs(double *const *arrays, uint64_t bodies)
{
	double energy = 0;

	for (int axis = 0; axis < 3; axis++)
		memset(arrays[AX + axis], 0, bodies * sizeof(double));
	for (uint64_t i = 0; i < bodies; i++)
		for (uint64_t j = 0; j < i; j++) {
			double apart[3], distance2 = nbody_softening2, distance, mi = arrays[MASS][i],
					 mj = arrays[MASS][j];

			for (int axis = 0; axis < 3; axis++) {
				apart[axis] = arrays[X + axis][j] - arrays[X + axis][i];
				distance2 += apart[axis] * apart[axis];
			}
			distance = nbody_root(distance2);
			energy -= mi * mj / distance;
			for (int axis = 0; axis < 3; axis++) {
				arrays[AX + axis][i] += mj * apart[axis] / (distance2 * distance);
				arrays[AX + axis][j] -= mi * apart[axis] / (distance2 * distance);
			}
		}
	return energy;
}

/* Kinetic energy, and the largest part of the whole's momentum to *momentum. */
static double nbody_motion(double *const *arrays, uint64_t bodies, double *momentum)
{
	double energy = 0;

	*momentum = 0;
	for (int axis = VX; axis <= VZ; axis++) {
		double sum = 0;

		for (uint64_t i = 0; i < bodies; i++) {
			sum += arrays[MASS][i] * arrays[axis][i];
			energy += arrays[MASS][i] * arrays[axis][i] * arrays[axis][i] / 2;
		}
		sum = sum < 0 ? -sum : sum;
		*momentum = sum > *momentum ? sum : *momentum;
	}
	return energy;
}

/* Stormer's rule, x(n+1) = 2 x(n) - x(n-1) + a(n) h^2, which needs no velocities: where a body was before takes its
 * velocity's place after the first step. */
static void nbody_advance(double *const *arrays, uint64_t bodies, bool first)
{
	for (int axis = 0; axis < 3; axis++)
		for (uint64_t i = 0; i < bodies; i++) {
			double *x = &arrays[X + axis][i], *old = &arrays[VX + axis][i], now = *x;
			double push = arrays[AX + axis][i] * nbody_step * nbody_step;

			*x = first ? now + *old * nbody_step + push / 2 : 2 * now - *old + push;
			*old = now;
		}
}

/* The same path in another way. False if energy or momentum are not kept: that would be no path of bodies. */
static bool nbody_expected(double *const *arrays, uint64_t bodies, uint64_t steps)
{
	double momentum, potential = nbody_pairs(arrays, bodies);
	double before = potential + nbody_motion(arrays, bodies, &momentum), change;

	for (uint64_t step = 0; step < steps; step++) {
		nbody_advance(arrays, bodies, step == 0);
		potential = nbody_pairs(arrays, bodies);
	}
	for (int axis = 0; axis < 3; axis++)
		for (uint64_t i = 0; i < bodies; i++) {
			double way = arrays[X + axis][i] - arrays[VX + axis][i];

			arrays[VX + axis][i] = way / nbody_step + arrays[AX + axis][i] * nbody_step / 2;
		}
	change = potential + nbody_motion(arrays, bodies, &momentum) - before;
	return momentum < nbody_momentum_error && change < nbody_energy_error && change > -nbody_energy_error;
}

/* Whole units; false if so near to where they change that the rounding of another computation might lead beyond. */
static bool nbody_count(double moment, uint64_t *units)
{
	double scaled = moment * nbody_units, part;

	*units = (uint64_t)scaled;
	part = scaled - (double)*units;
	return part > nbody_unsure && part < 1 - nbody_unsure;
}

/* Scatters a cluster whose end is known for sure. `scratch` has room for all arrays. */
static bool nbody_make_cluster(const struct job *job, double *cluster, double *scratch, uint64_t number,
			       uint64_t *expected)
{
	uint64_t bodies = job->parameters[NBODY_BODIES], room = nbody_room(job);
	double *arrays[ALL_ARRAYS];

	for (uint64_t seed = 0; seed < SEEDS_MAX; seed++) {
		nbody_point(arrays, cluster, room, CLUSTER_ARRAYS);
		nbody_scatter(arrays, bodies, mix64(number * SEEDS_MAX + seed));
		memcpy(scratch, cluster, nbody_cluster_bytes(job));
		nbody_point(arrays, scratch, room, ALL_ARRAYS);
		if (nbody_expected(arrays, bodies, job->parameters[NBODY_STEPS]) &&
		    nbody_count(nbody_moment(arrays, bodies), expected))
			return true;
	}
	return false;
}

static int nbody_prepare(struct job *job, struct arena *arena, char *reason)
{
	uint64_t clusters = nbody_clusters(job);
	double *scratch = calloc(ALL_ARRAYS * nbody_room(job), sizeof(double));
	struct nbody_data *data;
	int error = scratch ? arena_alloc(arena, sizeof(*data), 64, &job->data_offset) : -ENOMEM;

	if (error) {
		reason_set(reason, error, "no memory for %llu bodies",
			   (unsigned long long)job->parameters[NBODY_BODIES]);
		goto free_scratch;
	}
	data = arena_at(arena, job->data_offset);
	error = arena_alloc(arena, clusters * nbody_cluster_bytes(job), 64, &data->clusters_offset);
	if (error) {
		reason_set(reason, error, "no room for %llu clusters", (unsigned long long)clusters);
		goto free_scratch;
	}
	for (uint64_t i = 0; i < clusters && !error; i++) {
		char *cluster = arena_at(arena, data->clusters_offset + i * nbody_cluster_bytes(job));

		if (!nbody_make_cluster(job, (double *)cluster, scratch, i, &data->expected[i]))
			error = reason_set(reason, -EBADMSG, "none of %d clusters kept its energy and momentum",
					   SEEDS_MAX);
	}
free_scratch:
	free(scratch);
	return error;
}

static int nbody_worker_init(struct worker *worker)
{
	worker->state = calloc(ALL_ARRAYS * nbody_room(worker->job), sizeof(double));
	return worker->state ? 0 : worker_fail(worker, -ENOMEM, "no memory for a cluster");
}

static void nbody_worker_exit(struct worker *worker)
{
	free(worker->state);
}

static int nbody_run(struct worker *worker, uint64_t first, uint64_t ops)
{
	const struct job *job = worker->job;
	const struct nbody_data *data = arena_at(worker->arena, job->data_offset);
	uint64_t clusters = nbody_clusters(job), bytes = nbody_cluster_bytes(job), room = nbody_room(job);
	double *arrays[ALL_ARRAYS];

	nbody_point(arrays, worker->state, room, ALL_ARRAYS);
	for (uint64_t i = first; i < first + ops; i++) {
		uint64_t units;

		memcpy(worker->state, arena_at(worker->arena, data->clusters_offset + i % clusters * bytes), bytes);
		nbody_follow(arrays, job->parameters[NBODY_STEPS], room);
		nbody_count(nbody_moment(arrays, job->parameters[NBODY_BODIES]), &units);
		worker->result += units;
	}
	return 0;
}

static int nbody_verify(const struct job *job, const struct arena *arena, uint64_t ops, uint64_t result, char *reason)
{
	const struct nbody_data *data = arena_at(arena, job->data_offset);
	uint64_t clusters = nbody_clusters(job), expected = 0;

	for (uint64_t i = 0; i < clusters; i++)
		expected += data->expected[i] * (ops / clusters + (i < ops % clusters));
	if (result != expected)
		return reason_set(reason, -EBADMSG, "bodies went elsewhere: moments of inertia are %llu, not %llu",
				  (unsigned long long)result, (unsigned long long)expected);
	return 0;
}

const struct workload workload_nbody = {
	.name = "nbody",
	.summary = "bodies that attract each other, by leapfrog over all pairs; an operation is a cluster's path",
	.shares = "the clusters as they begin, which are only read; each worker moves a copy of its own",
	.kind = WORKLOAD_CPU,
	.parameters = nbody_parameters,
	.arena_bytes = nbody_arena_bytes,
	.prepare = nbody_prepare,
	.worker_init = nbody_worker_init,
	.run = nbody_run,
	.worker_exit = nbody_worker_exit,
	.verify = nbody_verify,
};
