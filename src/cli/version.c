/* SPDX-License-Identifier: MIT */
/* Versions: ours, the compiler's, the libraries'. */
#include "cli/version.h"

#include <stdio.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include "git7.h"

static const char *libc_version(void)
{
#ifdef __GLIBC__
	return gnu_get_libc_version();
#else
	return "";
#endif
}

const char *version_git7(void)
{
	return TVP_GIT7;
}

json_t *version_json(void)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:{s:s, s:s, s:s, s:s, s:s}}", "name", "tvp", "version",
			 TVP_VERSION, "git", TVP_GIT7, "compiler", TVP_COMPILER, "build_type", TVP_BUILD_TYPE,
			 "libraries", "google_benchmark", TVP_BENCHMARK_VERSION, "hwloc", TVP_HWLOC_VERSION, "libcpuid",
			 TVP_CPUID_VERSION, "jansson", JANSSON_VERSION, "libc", libc_version());
}
