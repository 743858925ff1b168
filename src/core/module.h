/* SPDX-License-Identifier: MIT */
/* Plug-ins that are loaded by those who need them: shared objects that lie beside the running program. */
#ifndef TVP_CORE_MODULE_H
#define TVP_CORE_MODULE_H

/* Loads PREFIX + name + ".so" with all that it needs, for good, and finds the descriptor symbol_prefix + name in it ('-'
 * becomes '_'). 0, or -ENOENT with REASON_BYTES of reason. */
int module_load(const char *prefix, const char *symbol_prefix, const char *name, const void **descriptor, char *reason);

#endif
