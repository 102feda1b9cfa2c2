# Every target that runs Slipway first brings .venv up to date (.ci/prepare.py), in any Python from 3.11 to 3.13.
# `make PYTHON=python3.12 test` chooses the interpreter.

PYTHON ?=
UPGRADE ?=
SEED ?=
# Unit tests wait for processes more than they compute, so there are more workers than small machines have cores.
WORKERS ?= 4
UV_VERSION := 0.13.9
TORCH_VERSION := 2.13.0
BIN := .venv/bin

# Interpreters are run, not looked up: a name on the path may be a shim that fails. One that can make virtual
# environments (ensurepip) is preferred to one to which apt has to add that first.
CANDIDATES := $(or $(PYTHON),.venv/bin/python python3.11 python3.12 python3.13 python3)
SUITABLE := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))

.PHONY: help run test check lint ready bench fuzz train lock wheels clean
.DEFAULT_GOAL := help

help: ## Say what each target does.
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

run: ready ## Set up, then open the window; without a display, run the example in the terminal.
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY$$QT_QPA_PLATFORM" ] || [ "$$(uname)" != Linux ]; then exec $(BIN)/slipway; fi; \
	echo "There is no display, so the example runs here instead of in the window." >&2; exec $(BIN)/slipway demo

# Tests of one file share what they made. Journeys wait for processes half of their time, so two files go side by side;
# those marked `alone` watch the time of pictures and links, and tests of the window that of its thread.
test: ready ## Set up, then run all tests; as root it installs openssh-server for them where that is missing.
	@$(BIN)/python .ci/prepare.py tests
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile tests/architecture tests/unit --ignore tests/unit/ui; \
	units=$$?; [ $$units -eq 0 ] || echo "unit tests failed, see above; the others run all the same" >&2; \
	$(BIN)/python -m pytest tests/unit/ui; window=$$?; \
	[ $$window -eq 0 ] || echo "tests of the window failed, see above; the others run all the same" >&2; \
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not alone" --ignore tests/architecture --ignore tests/unit; others=$$?; \
	[ $$others -eq 0 ] || echo "journeys failed, see above; the others run all the same" >&2; \
	$(BIN)/python -m pytest -m alone tests/end2end; alone=$$?; \
	exit $$((units || window || others || alone))

check: lint ## Set up, then ruff, mypy, the arrows and the unit tests that are not slow; a little over a minute.
	@$(BIN)/python -m pytest -n $(WORKERS) -m "not slow" tests/architecture tests/unit

lint: ready ## Set up, then ruff and mypy alone.
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy --no-error-summary

bench: ready ## Set up, then measure every figure of benchmarks/ and print the table.
	@$(BIN)/python -m benchmarks.figure

ready: ## Set up alone: make .venv from requirements.lock, unless it is up to date.
	@for module in ensurepip sys; do for python in $(CANDIDATES); do \
	  if "$$python" -c "import $$module; $(SUITABLE)" >/dev/null 2>&1; then exec "$$python" .ci/prepare.py; fi; \
	done; done; \
	echo "Slipway needs Python 3.11, 3.12 or 3.13; tried: $(CANDIDATES). On Debian 12 and Ubuntu 24.04:" >&2; \
	echo "    sudo apt-get install -y python3 python3-venv" >&2; exit 1

fuzz: ready ## Set up, then hostile input for each part that takes any, ten minutes each; SEED= repeats one.
	@$(BIN)/python -m tests.fuzz all --seconds 600 $(if $(SEED),--seed $(SEED))

train: ready ## Train the example detector anew (over an hour; fetches torch, which is no part of the lock).
	@test -x .venv-train/bin/python || $(BIN)/python -m venv .venv-train
	@sed -e '/^ *--hash/d' -e 's/ *\\$$//' requirements.lock > .venv-train/constraints.txt
	@.venv-train/bin/python -m pip --disable-pip-version-check -q install -c .venv-train/constraints.txt \
	  torch==$(TORCH_VERSION) numpy onnx onnxruntime opencv-python-headless pycocotools
	@.venv-train/bin/python -m resources.example.train

lock: ready ## Resolve requirements.lock from pyproject.toml; UPGRADE=--upgrade takes newer versions.
	@$(BIN)/python -m venv .venv-lock
	@.venv-lock/bin/python -m pip --disable-pip-version-check -q install uv==$(UV_VERSION)
	@.venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --extra gui --extra dev --custom-compile-command "make lock" $(UPGRADE) --output-file requirements.lock pyproject.toml

wheels: ready ## Pin anew what `slipway boards prepare` brings, by requirements.lock (fetches about 1 GB).
	@$(BIN)/python .ci/pin_wheels.py

clean: ## Remove environments and caches; projects and an unfinished training stay.
	@rm -rf .venv .venv-* .mypy_cache .pytest_cache .ruff_cache .hypothesis build/lib build/bdist.* *.egg-info
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
