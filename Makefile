# Every target sets up what it needs (tools/setup, which does nothing when all is there).

.PHONY: setup

setup:
	@tools/setup
