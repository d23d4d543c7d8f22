"""Benchmarks of the house: `make bench` runs them all and writes docs/performance.md.

A benchmark is a module in `tests/load/benches` with a constant `BENCHMARK`; nothing else has to be told
of it. What it measures it gives as figures: each is compared with a peer measured in the same run, in
rounds taken in turn (`rounds.interleave`), or stands beside its target. `scale.quick` asks for a few
seconds that prove the harness, not the speed; no test asserts a time.
"""
