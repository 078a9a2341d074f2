# The door for a fresh machine: makes .venv from requirements.lock, then calls the Invoke task of the same name.
# `make` alone shows the menu. Arguments: make episode ARGS='"J’ai poney"'.
PYTHON ?= python3
VENV := .venv
INVOKE := $(VENV)/bin/invoke

.DEFAULT_GOAL := menu
.PHONY: menu
menu: $(VENV)/.ready
	@$(INVOKE) --list

$(VENV)/.ready: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"Ricochet needs Python 3.11 or newer; this is {sys.version.split()[0]}. Name a newer one: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv is missing. On Debian: apt install python3-venv"; exit 1; }
	@[ -w . ] || { echo "This folder can't be written: $(CURDIR). Make it writable, or copy Ricochet to one that is."; exit 1; }
	@echo "Setting up $(VENV) (once, about a minute)..."
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python -m pip install --disable-pip-version-check --quiet --require-hashes -r requirements.lock
	@touch $@

# Every other goal is an Invoke task.
%: $(VENV)/.ready FORCE
	@$(INVOKE) $@ $(ARGS)

FORCE: ;
Makefile: ;
requirements.lock: ;
