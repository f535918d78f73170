# Every target sets up what it needs: Python 3.11+, Java 17+ and Google's emulators are all a machine must bring.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

# What Python compiles is kept, also where a container's image forbids it: compiling anew is half of a short process.
export PYTHONDONTWRITEBYTECODE :=

# How many of the suite's tests run side by side, each worker with servers of its own.
TEST_WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: demo mutants reruns audit engine sbom erasure-drill help run up down clean test browser lint format bench bench-peers verify faults mixed-faults back-pressure lock lock-peers scan-card-data train

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 16

$(READY): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: install it, or name it with make PYTHON=python3.12.")'
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	$(BIN)/uv pip sync --quiet --require-hashes --python $(BIN)/python requirements.txt
	@$(BIN)/python -c 'import sysconfig, pathlib; pathlib.Path(sysconfig.get_path("purelib"), "payment_fraud.pth").write_text("\n".join(str(pathlib.Path(p).resolve()) for p in (".", "functions", "dataproc_jobs")))'
	@touch $@

run: $(READY)  ## start everything with simulated traffic and show it; Ctrl-C ends all
	@$(BIN)/python -m infra.local run

demo: $(READY)  ## on an empty stack: a minute of traffic and attacks, the proof, results and addresses; stays up
	@$(BIN)/python -m infra.local demo

up: $(READY)  ## start the stack and the job in the background, without traffic
	@$(BIN)/python -m infra.local up

down: $(READY)  ## stop what `make up` started; the data stays
	@$(BIN)/python -m infra.local down

clean: $(READY)  ## stop, and remove the data of the local stack
	@$(BIN)/python -m infra.local clean

lint: $(READY)  ## ruff, mypy --strict, import-linter, deptry, sqlfluff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH=functions:dataproc_jobs:. $(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/sqlfluff lint sql

format: $(READY)  ## let ruff and sqlfluff lay out the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix sql

browser:  ## install Chromium, in which the page is tested, unless there is one
	@command -v chromium chromium-browser google-chrome google-chrome-stable >/dev/null \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium >/dev/null; } \
	|| { echo "The page is tested in Chromium, which this user cannot install: apt-get install chromium, or the like." >&2; exit 1; }

test: lint browser  ## lint, then every test, the real local stack included; TEST_WORKERS
	$(BIN)/pytest -n $(TEST_WORKERS) --dist loadscope --no-loadscope-reorder

mutants: $(READY)  ## change the pure modules line by line, and tell what no test notices; MUTANTS="payments rules"
	@$(BIN)/python -m tests.mutants $(MUTANTS)

reruns: $(READY)  ## fail where a test on real servers needed a second run twice in the last twenty runs
	@$(BIN)/python -m tests.reruns

erasure-drill: $(READY)  ## erase a synthetic subject through the endpoint, and look for it everywhere
	@test -f .local/env || { echo "No stack runs here: start it with make up." >&2; exit 2; }
	@set -a; . ./.local/env; PYTHONPATH=functions PII_HMAC_KEYS_FILE=.local/secrets/pii-hmac-keys.json $(BIN)/python -m fraud_service.erasure.drill

train: $(READY)  ## train the classifier on simulated history and publish it for the local job; TRAIN="--histories 24 --seed 0"
	@$(BIN)/python -m train_classifier --models .local/classifier $(TRAIN)

scan-card-data: $(READY)  ## look for card data in everything below .local but the raw zone
	@$(BIN)/python -m tests.card_scan

bench: $(READY)  ## measure the job beside a hand-written loop; prints one JSON object
	@$(BIN)/python -m tests.bench

bench-peers: $(READY)  ## the job, the loop and other stream processors on the same events; BENCH_EVENTS, BENCH_PEERS
	@$(BIN)/python -m tests.bench.peers

verify: $(READY)  ## prove that every Kafka position is stored once and every alert counted once
	@test -f .local/env || { echo "No stack runs here: start it with make up, or set the addresses and run python -m reconciliation." >&2; exit 2; }
	@set -a; CHECKPOINT_LOCATION=$(CURDIR)/.local/checkpoint; . ./.local/env; $(BIN)/python -m reconciliation

faults: $(READY)  ## kill the job and its servers at every step, each followed by the proof
	$(BIN)/pytest -s -m "not mixed_faults and not back_pressure" tests/faults

mixed-faults: $(READY)  ## half an hour of every fault at random under 1,000 events/s; FAULT_MINUTES, FAULT_SEED
	$(BIN)/pytest -s -m mixed_faults tests/faults

back-pressure: $(READY)  ## five minutes of five times the traffic that the job can take; FAULT_MINUTES, FAULT_SEED
	$(BIN)/pytest -s -m back_pressure tests/faults

audit: $(READY)  ## licences of every dependency against the list, and known vulnerabilities where PyPI can be asked
	@$(BIN)/python -m tests.audit

sbom: $(READY)  ## the bill of materials of a release (CycloneDX), in .build/sbom
	@mkdir -p .build/sbom
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --output-file ".build/sbom/payment-fraud-detection-$$($(BIN)/python -c 'import tomllib; print(tomllib.load(open("pyproject.toml", "rb"))["project"]["version"])').cdx.json" .venv
	$(BIN)/cyclonedx-py requirements --output-reproducible --output-file .build/sbom/detect_fraud.cdx.json dataproc_jobs/requirements.txt

engine: $(READY)  ## preview, up, changes, refresh and destroy of every stack on Pulumi's real engine; needs Go
	@$(BIN)/pytest -s -m engine tests/engine

lock: $(READY)  ## resolve requirements.txt anew from pyproject.toml, and the streaming job's for Dataproc
	$(BIN)/uv pip compile --quiet pyproject.toml --group dev --universal --generate-hashes --python-version 3.11 -o requirements.txt
	$(BIN)/uv pip compile --quiet dataproc_jobs/requirements.in -c requirements.txt --generate-hashes --no-header --python-platform x86_64-manylinux_2_28 --python-version 3.12 -o dataproc_jobs/requirements.txt

lock-peers: $(READY)  ## resolve anew the environments of the stream processors that the job is compared with
	for peer in bytewax quix flink; do $(BIN)/uv pip compile --quiet tests/bench/peers/requirements/$$peer.in --generate-hashes --no-header --python-version 3.11 -o tests/bench/peers/requirements/$$peer.txt || exit 1; done
