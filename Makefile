# make book   check the data, execute the chapters, publish the book to _build/book
# make test   run the tests (make slow-tests: those that take longer, every page in a browser among them)
# Both need only Python 3.11 or newer and make; each installs what it needs into .venv by itself.

STUDY ?= data/example_study
OUT ?= _build/book
PORT ?= 8000
NB ?= phase1_new_roles
JOBS ?= 2
# one more than the cores: browsers and builds leave gaps
TESTERS ?= 3

# the first Python on the path that is new enough (a version manager's shims may answer without having one)
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$p"; break; }; done)
BIN := .venv/bin

.DEFAULT_GOAL := book
.PHONY: book test slow-tests chapter serve check lock clean benchmark

.venv/installed: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or name it with PYTHON=/path/to/python" >&2; exit 2; }
	@rm -rf .venv && "$(PYTHON)" -m venv .venv
	@awk '/^uv==/ {on = 1} on {print} on && !/\\$$/ {exit}' requirements.lock > .venv/uv.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r .venv/uv.lock
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --compile-bytecode --require-hashes -r requirements.lock
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --no-deps -e .
	@touch $@

book: .venv/installed
	$(BIN)/newroles run --study $(STUDY) --out $(OUT) --jobs $(JOBS)

test: .venv/installed
	$(BIN)/python -m pytest -m "not slow" -n $(TESTERS) --dist loadfile --no-loadscope-reorder

slow-tests: .venv/installed
	$(BIN)/python -m pytest -m slow -n $(TESTERS) --dist loadfile --no-loadscope-reorder

chapter: .venv/installed
	$(BIN)/newroles run --study $(STUDY) --out $(OUT) --only $(NB)

serve:
	@test -f $(OUT)/index.html || { echo "there is no book in $(OUT) yet: run make book first" >&2; exit 2; }
	@echo "http://localhost:$(PORT)" && $(BIN)/python -m http.server --bind localhost --directory $(OUT) $(PORT)

check: .venv/installed
	$(BIN)/newroles check $(STUDY)

benchmark: .venv/installed
	$(BIN)/python -m pytest benchmarks --benchmark-enable --benchmark-only

# upgrade every pinned package together, then read the whole book again
lock: .venv/installed
	$(BIN)/uv pip compile pyproject.toml --extra book --extra test --universal --python-version 3.11 \
		--generate-hashes --no-annotate --no-header --upgrade --quiet -o requirements.lock

clean:
	rm -rf _build .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
