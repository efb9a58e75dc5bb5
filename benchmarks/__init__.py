"""The figures: `make bench` prints them, as ratios measured in one run. See docs/performance.md."""
