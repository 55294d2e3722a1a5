# make setup         install what is missing (the others call it); Debian 12
# make demo          four unlike hosts ray-trace a picture together: Examples/Raytracer/out/balls.png
# make check         build, and the tests that need no emulated hosts and no other compilers: some two minutes
# make test          everything that is tested, with real sshd, cross-compiled slaves and gdb
# make build         the command: .build/debug/marionette
# make cluster       start the four hosts (ssh -F .cluster/ssh_config mainframe)
# make cluster-down  stop them, leave nothing
# make install       PREFIX=DIR: a stripped marionette with all that it needs, for use without this checkout
# make generate      our own messages and files again from Interfaces/*.x
# make goldens       rewrite the expected texts of tests; look at the diff
# make simulate      the driver, and the scheduler alone, in simulated clusters of failing hosts: SEEDS=n of them,
#                    SEED=N one again; SUBJECT=driver or scheduler
# make soak          random programs on real processes that are killed, stopped and cut: MINUTES=n, SEED=s;
#                    STEPS=3,7-9 FAULTS=off SHRINK=1 make a failing seed small; SANITIZE=1 CLUSTER=off
# make long-life     5,000 edits, 10,000 updates, a million tasks, OPERATIONS=60000000: memory and time stay flat
# make bench-xdr     the speed of conversions: one row for each bar
# make proof         generated code on other machines and against other implementations; PROOF_SEED=N
# make targets-proof the slaves of all targets, built, run in emulators, compared to the bit; minutes for each target the
#                    first time; INSTALL=yes TARGETS="a b"
# make corpus        compile the interfaces of some Debian source packages (fetches them once)
# make libraries-proof  libraries of Debian source packages, by CMake, Meson, Autotools and make, in a worker
#                    for several targets: all hosts say the same; minutes, more the first time
# make fuzz          SECONDS=N for each: decoders in C, in Swift, the interface compiler
# make sanitize      tests under the sanitizers: threads in the master, addresses in the slave; PART=thread or slave
# make bench-runtime     operations, shared data, start, growth and memory of real runs, beside C; PART=growth
# make bench-start   'marionette run' with nothing to do: the time until the program's first line
# make prove-master  random edits: is SwiftPM started when it has something to do? SEED=N, EDITS=n
# make bench-build       the build engine beside ninja on the same graphs; some ten minutes
# make bench-scheduling  the scheduler's time and memory alone; part of bench-runtime
# make format        format Swift and C; make lint only checks
# make clean         remove what was built here, and the hosts

.PHONY: help setup demo check test build cluster cluster-down install generate goldens simulate soak long-life \
    bench-xdr proof targets-proof corpus libraries-proof fuzz sanitize bench-build bench-runtime \
    bench-scheduling bench-start prove-master format clean lint
.DEFAULT_GOAL := help
PREFIX ?= $(HOME)/.local

help:
	@sed -n '/^#/!q; s/^# //p' Makefile

setup:
	@Tools/setup

build: setup
	swift build --product marionette

demo: setup
	@Tools/demo

check: setup
	@Tools/check

test: setup
	@Tools/test

cluster: setup
	@Tools/cluster up

cluster-down:
	@Tools/cluster down

install: setup
	@Tools/install "$(PREFIX)"

generate: setup
	MARIONETTE_UPDATE_GOLDENS=1 swift test --filter 'generated files are up to date'

goldens: setup
	MARIONETTE_UPDATE_GOLDENS=1 swift test --skip EndToEndTests

simulate: setup
	@swift build --configuration release --product Simulate
	@for subject in $(or $(SUBJECT),driver scheduler); do \
		.build/release/Simulate $$subject $(or $(SEED),1) $(if $(SEED),1,$(or $(SEEDS),10000)) || exit; done

soak: setup
	@swift build --product Soak >&2
	@Tools/soak $(if $(MINUTES),minutes $(MINUTES)) $(if $(SEED),seed $(SEED)) \
		$(if $(STEPS),steps $(STEPS)) $(if $(FAULTS),faults $(FAULTS)) $(if $(SHRINK),shrink) \
		$(if $(CLUSTER),cluster $(CLUSTER)) $(if $(SANITIZE),sanitize)

long-life: setup
	swift build --build-tests --configuration release -Xswiftc -enable-testing
	MARIONETTE_LONG_LIFE=$(or $(OPERATIONS),60000000) \
		swift test --skip-build --configuration release --filter LongLifeTests

bench-xdr: setup
	@Tools/bench-xdr

proof: setup
	MARIONETTE_PROOF=1 swift test --filter 'OracleTests|SlaveBuildTests.SwiftWorkerTests'

targets-proof: setup
	@Tools/targets-proof $(if $(INSTALL),--install) $(TARGETS)

corpus: setup
	@Tools/corpus

libraries-proof: setup
	@Tools/libraries-proof

fuzz: setup
	@Tools/fuzz $(SECONDS)

sanitize: setup
	@Tools/sanitize $(PART)

bench-runtime: setup
	@Tools/bench-runtime $(PART)

bench-build: setup
	@Tools/bench-build

bench-scheduling: setup
	@swift build --configuration release --package-path Benchmarks/scheduling \
		--scratch-path .build/bench-scheduling >&2
	@.build/bench-scheduling/release/bench

bench-start: setup
	@Tools/bench-start

prove-master: build
	@Tools/prove-master .build/debug/marionette $(SEED) $(if $(SEED),$(EDITS))

format:
	@Tools/format

lint:
	@Tools/format --check

clean: cluster-down
	rm -rf .build .build-* Examples/*/.build Examples/*/.marionette Examples/Raytracer/out
