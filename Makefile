# Soribit: make run · make install-home · make test · make faults · make check · make bench

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run test test-quick test-once test-313 test-arm test-install faults check bench docs system \
	wheel install-home install-hub install-node

# The first Python that is new enough; pyenv's stand-ins for what is not chosen do not count.
PYTHON := $(shell for name in python3 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
SUDO := $(shell test "$$(id -u)" = 0 || echo sudo)
# Debian 13 and current Raspberry Pi OS have 3.13: the suite runs on it too where it is at hand.
PYTHON313 := $(shell for name in python3.13 $(HOME)/.pyenv/versions/3.13.*/bin/python3.13; do \
	$$name -c 'import venv, ensurepip' 2>/dev/null && echo $$name && break; done)
# What the tests drive for real: broker, browser, fonts to look at, a sound server without hardware,
# systemd's own judgement, network namespaces, a wall clock of their own.
PACKAGES := mosquitto chromium fonts-noto-cjk libportaudio2 libasound2-plugins pulseaudio pulseaudio-utils \
	systemd iproute2 gcc libc6-dev

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore

help:
	@echo "make run     a home to try, with its page (make run ARGS=\"--port 9000\")"
	@echo "make install-home   broker, hub and this room's node, as services (or install-hub, install-node;"
	@echo "                    make install-node ARGS=\"--settings node.toml\")"
	@echo "make test    everything that the tests need, then the tests"
	@echo "make test-install  the installation, in a Debian that boots in a container; root"
	@echo "make test-arm  the node on a Raspberry Pi's processor, emulated, and its wheels"
	@echo "make faults  kill, cut and garble it for ten minutes (make faults SEED=7), and write docs/faults.md"
	@echo "make check   style, types, security, borders"
	@echo "make bench   measure, and write docs/benchmarks.md"
	@echo "make docs    write docs/settings.md anew from the programs"

# ARGS: --room "Living room" --lan, and what else `soribit service install --help` lists.
install-home install-hub install-node: wheel
	@$(SUDO) .venv/bin/python -BPm soribit service install $(@:install-%=%) --wheel .venv/wheel/soribit-*.whl $(ARGS)

wheel: .venv/.base
	@rm -rf .venv/wheel
	@.venv/bin/python -m pip wheel --quiet --no-deps --wheel-dir .venv/wheel .

run: .venv/.run
	@exec .venv/bin/soribit up --demo $(ARGS)

# Most tests wait for something: the suite runs in parts beside each other. ARGS picks tests by hand.
ifdef ARGS
test: system .venv/.test
	.venv/bin/python -m pytest $(ARGS)
else
test: system .venv/.test
	@echo "The tests run in parts beside each other; each part tells its result when it ends."
	@$(MAKE) --no-print-directory --keep-going --jobs --output-sync=target test-quick test-once \
		$$(.venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 13))' || echo $(PARTS313))
endif

# The installation for real, in a Debian 12 that boots in a container; root, about two minutes.
test-install: PACKAGES += debootstrap systemd-container
test-install: system .venv/.test
	.venv/bin/python -m pytest -m boot tests/packaging/test_install.py $(ARGS)

# What takes long and does not depend on Python's release runs on one of them.
ONCE := tests/training tests/bench tests/faults tests/browser tests/hub/test_start_order.py \
	tests/node/test_disk.py tests/node/test_clock_jump.py \
	tests/end_to_end/test_microphone.py tests/end_to_end/test_alarms.py \
	tests/end_to_end/test_two_machines.py
PARTS313 := $(if $(PYTHON313),test-313)

test-quick: .venv/.test
	.venv/bin/python -m pytest $(ONCE:%=--ignore=%)

test-once: .venv/.test
	.venv/bin/python -m pytest $(ONCE)

test-313: .venv313/.test
	.venv313/bin/python -m pytest $(ONCE:%=--ignore=%)

test-arm: PACKAGES := mosquitto qemu-user-static debootstrap
test-arm: system .venv/.test
	.venv/bin/python -m pytest -m arm tests/arm $(ARGS)

faults: system .venv/.test
	.venv/bin/python -m tests.faults --seed $(or $(SEED),1) --write docs/faults.md

check: .venv/.test
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/bandit -q -c pyproject.toml -r contract hub node soribit training
	.venv/bin/python -m pytest -q tests/test_architecture.py

bench: PACKAGES := $(if $(findstring hearing,$(ARGS)),espeak-ng)
bench: system .venv/.test
	.venv/bin/python -m bench $(ARGS)

docs: .venv/.test
	@{ sed '/^## hub.toml/,$$d' docs/settings.md; for part in hub node; do \
		printf '## %s.toml\n\n```toml\n' $$part; .venv/bin/soribit $$part --print-config; \
		printf '```\n\n'; done; } > docs/.settings && mv docs/.settings docs/settings.md

system:
	@missing=$$(for name in $(PACKAGES); do \
		dpkg-query -W -f='$${Status}' $$name 2>/dev/null | grep -q 'ok installed' || echo $$name; done); \
	if [ -z "$$missing" ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		export DEBIAN_FRONTEND=noninteractive; \
		{ apt-get -qq update && apt-get -qq install -y --no-install-recommends $$missing; } \
		|| echo "Could not install" $$missing "- tests that need them are skipped."; \
	else echo "Tests that need these are skipped: sudo apt install" $$missing; fi

# Even an editable install copies the recogniser: another one must be installed anew.
INSTALLED := pyproject.toml models/household/manifest.json

.venv/.base: $(INSTALLED) | .venv
	@.venv/bin/python -m pip install --quiet --editable .
	@touch $@

.venv/.run: $(INSTALLED) | .venv
	@echo "Installing Soribit into .venv; the first time this takes a few minutes."
	@.venv/bin/python -m pip install --quiet --editable '.[node,hub]'
	@touch $@ .venv/.base

.venv/.test: $(INSTALLED) | .venv
	.venv/bin/python -m pip install --quiet --editable '.[node,hub,training,dev]'
	@touch $@ .venv/.run .venv/.base

.venv313/.test: $(INSTALLED)
	@test -x .venv313/bin/pip || $(PYTHON313) -m venv .venv313
	.venv313/bin/python -m pip install --quiet --editable '.[node,hub,dev]'
	@touch $@

.venv:
	@$(or $(PYTHON),python3) soribit/support.py
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
		|| { echo "Python's venv module is missing; please run: sudo apt install python3-venv"; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }
