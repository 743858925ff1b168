/* SPDX-License-Identifier: MIT */
/* The only C++ here: Google Benchmark's classes on one side, gbench.h on the other. */
#include "gbench/gbench.h"

#include <benchmark/benchmark.h>

#include <cerrno>
#include <chrono>
#include <new>
#include <string>
#include <vector>

struct gbench_state {
	benchmark::State &state;
};

namespace
{

void run_case(benchmark::State &state, const gbench_case &benchmark)
{
	uint64_t ops = 0;
	const char *error = benchmark.open(benchmark.context, &ops);

	if (error) {
		state.SkipWithError(error);
		return;
	}
	while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(ops))) {
		double seconds = 0;

		error = benchmark.batch(benchmark.context, &seconds);
		if (error) {
			state.SkipWithError(error);
			break;
		}
		state.SetIterationTime(seconds);
	}
	gbench_state handle = {state};
	benchmark.close(benchmark.context, &handle);
}

/* Up to version 1.7 a run has `error_occurred` and `error_message`, since 1.8 `skipped` and `skip_message`. */
template <class Run> auto run_error(const Run &run, int) -> decltype(run.error_message.c_str())
{
	return run.error_occurred ? run.error_message.c_str() : nullptr;
}

template <class Run> auto run_error(const Run &run, long) -> decltype(run.skip_message.c_str())
{
	return run.skipped ? run.skip_message.c_str() : nullptr;
}

class Reporter : public benchmark::BenchmarkReporter
{
      public:
	Reporter(void (*report)(void *, const gbench_result *), void *context) : report_(report), context_(context)
	{
	}

	bool ReportContext(const Context &) override
	{
		return true;
	}

	void ReportRuns(const std::vector<Run> &runs) override
	{
		for (const Run &run : runs) {
			const std::string name = run.benchmark_name();
			const gbench_result result = {
				name.c_str(),
				static_cast<uint64_t>(run.iterations),
				run.real_accumulated_time,
				run_error(run, 0),
			};
			report_(context_, &result);
		}
	}

      private:
	void (*report_)(void *, const gbench_result *);
	void *context_;
};

/* Google Benchmark's JSON gives what has failed a time of 0, which its own compare.py would compare: it is left out. */
class MeasuredOnly : public benchmark::JSONReporter
{
      public:
	void ReportRuns(const std::vector<Run> &runs) override
	{
		std::vector<Run> measured;

		for (const Run &run : runs)
			if (!run_error(run, 0))
				measured.push_back(run);
		JSONReporter::ReportRuns(measured);
	}
};

/* The value of the last --name=value; `otherwise` without one. */
std::string find_flag(int argc, char **argv, const std::string &name, const std::string &otherwise)
{
	std::string value = otherwise;

	for (int i = 1; i < argc; i++)
		if (std::string(argv[i]).compare(0, name.size(), name) == 0)
			value = argv[i] + name.size();
	return value;
}

} // namespace

int gbench_register(const gbench_case *benchmark)
{
	const gbench_case copy = *benchmark;

	try {
		auto *registered = benchmark::RegisterBenchmark(
			copy.name, [copy](benchmark::State &state) { run_case(state, copy); });
		registered->UseManualTime();
		if (copy.iterations)
			registered->Iterations(static_cast<benchmark::IterationCount>(copy.iterations))->Repetitions(1);
	} catch (const std::bad_alloc &) {
		return -ENOMEM;
	}
	return 0;
}

void gbench_counter(gbench_state *state, const char *name, double value, gbench_counter_kind kind)
{
	using benchmark::Counter;
	const Counter::Flags flags = kind == GBENCH_COUNTER_PER_ITERATION ? Counter::kAvgIterations
				     : kind == GBENCH_COUNTER_RATE        ? Counter::kIsRate
									  : Counter::kDefaults;

	state->state.counters[name] = Counter(value, flags);
}

int gbench_run(void (*report)(void *context, const gbench_result *result), void *context)
{
	Reporter reporter(report, context);

	return static_cast<int>(benchmark::RunSpecifiedBenchmarks(&reporter));
}

void gbench_context(const char *key, const char *value)
{
	benchmark::AddCustomContext(key, value);
}

int gbench_main(int argc, char **argv)
{
	/* Initialize takes the flags away; a reporter of ours for a file is refused when there is none. */
	const bool json = find_flag(argc, argv, "--benchmark_format=", "console") == "json";
	const bool json_file = !find_flag(argc, argv, "--benchmark_out=", "").empty() &&
			       find_flag(argc, argv, "--benchmark_out_format=", "json") == "json";
	MeasuredOnly display, file;

	benchmark::Initialize(&argc, argv);
	if (benchmark::ReportUnrecognizedArguments(argc, argv))
		return 2;
	benchmark::RunSpecifiedBenchmarks(json ? &display : nullptr, json_file ? &file : nullptr);
	benchmark::Shutdown();
	return 0;
}

uint64_t gbench_context_ns(void)
{
	const auto begin = std::chrono::steady_clock::now();

	benchmark::CPUInfo::Get();
	benchmark::SystemInfo::Get();
	return static_cast<uint64_t>(
		std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - begin).count());
}
