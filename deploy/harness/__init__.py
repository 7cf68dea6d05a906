"""What the demo, the benchmarks and the fault tests share: a mail lab and a Postroom process."""
