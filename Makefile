# Prelude Trigger. `make help` tells what there is.

PREFIX     ?= /usr/local
SYSCONFDIR ?= /etc
UNITDIR    ?= $(PREFIX)/lib/systemd/system
DESTDIR    ?=
CARGO      ?= cargo

CONFIG  = $(DESTDIR)$(SYSCONFDIR)/prelude-trigger
ACTIONS = $(DESTDIR)$(PREFIX)/lib/prelude-trigger/actions
SHARE   = $(DESTDIR)$(PREFIX)/share
BINARY  = target/release/prelude-trigger

.PHONY: help demo test build install fmt lint setup clean

help: ## Show this
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 18
	@echo "Variables: PREFIX=$(PREFIX) SYSCONFDIR=$(SYSCONFDIR) UNITDIR=$(UNITDIR) DESTDIR=$(DESTDIR)"

demo: ## See it work: a private Prelude stack, real alerts, real actions; everything is stopped at the end
	@tests/demo/run

test: ## Everything that CI runs, the tests against the real Prelude stack included
	@tests/all

setup: ## Install what building and testing need and this machine lacks
	@tests/setup

build: ## Build the daemon and the example actions for use
	@tests/setup build
	$(CARGO) build --release --locked
	@tests/crates build
	@tests/languages $(BINARY)

install: ## Install what was built; configuration that is there stays as it is
	@for file in $(BINARY) $$(tests/crates components); do \
	  test -f $$file || { echo "$$file is not there: run \`make build\` first (not as root)" >&2; exit 2; }; done
	install -D -m 755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/prelude-trigger
	install -d -m 755 $(SHARE)/man/man1 $(SHARE)/bash-completion/completions $(SHARE)/zsh/site-functions $(SHARE)/fish/vendor_completions.d
	$(BINARY) man --directory $(SHARE)/man/man1
	$(BINARY) completions bash > $(SHARE)/bash-completion/completions/prelude-trigger
	$(BINARY) completions zsh > $(SHARE)/zsh/site-functions/_prelude-trigger
	$(BINARY) completions fish > $(SHARE)/fish/vendor_completions.d/prelude-trigger.fish
	install -D -m 644 -t $(ACTIONS) $$(tests/crates components) $(wildcard examples/*/build/*.wasm)
	install -D -m 644 -t $(SHARE)/prelude-trigger/wit wit/*.wit
	install -D -m 644 -t $(SHARE)/prelude-trigger/wit/wasi-tls wit/wasi-tls/*.wit
	install -D -m 644 -t $(SHARE)/prelude-trigger/wit/wasi-tls/deps wit/wasi-tls/deps/*.wit
	install -D -m 644 -t $(SHARE)/prelude-trigger/recipes etc/recipes/*.yaml
	install -D -m 644 -t $(SHARE)/prelude-trigger/recipes/samples etc/recipes/samples/*
	install -d -m 755 $(CONFIG) $(CONFIG)/triggers.d
	@for file in prelude-trigger.yaml prelude-trigger.conf; do \
	  if [ -e $(CONFIG)/$$file ]; then echo "$(CONFIG)/$$file is there and stays"; \
	  else install -v -m 644 etc/$$file $(CONFIG)/$$file; fi; done
	install -d -m 755 $(DESTDIR)$(UNITDIR)
	sed 's|/usr/bin/prelude-trigger|$(PREFIX)/bin/prelude-trigger|g' etc/prelude-trigger.service > $(DESTDIR)$(UNITDIR)/prelude-trigger.service
	chmod 644 $(DESTDIR)$(UNITDIR)/prelude-trigger.service

fmt: ## Format all crates
	@tests/crates fmt
	$(CARGO) fmt

lint: ## Check formatting, lints and licences, without running tests
	@tests/all lint

clean: ## Remove what was built
	$(CARGO) clean
	@tests/crates clean
	rm -rf examples/*/build
