"""The benchmark: a generated province, the questions asked of it, the engines side by side in one run.  See WORKLOAD.md."""
