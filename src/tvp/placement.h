/* SPDX-License-Identifier: MIT */
/* Which CPU each worker is bound to, by the machine's topology (hwloc). In a library of its own, libtvp-placement, so that
 * the pool's workers need not load hwloc. */
#ifndef TVP_PLACEMENT_H
#define TVP_PLACEMENT_H

#ifdef __cplusplus
extern "C" {
#endif

/* CPU lists for tvp_pool_options.placement: one a worker, "0;1;0;1", among the CPUs that this process may use. `name` is
 * one of what `tvp list placements` shows: none (gives ""), compact, scatter, smt, same-core, numa, …. The caller frees
 * *lists. To be called while the process has one thread: hwloc binds it for a moment while it looks. `reason` (320 bytes;
 * NULL: not wanted) says what went wrong: -EINVAL for an unknown name or no worker, -ENODEV where this machine has no such
 * thing, -ENOMEM, or what hwloc met. */
int tvp_placement(const char *name, unsigned workers, char **lists, char *reason);

#ifdef __cplusplus
}
#endif

#endif
