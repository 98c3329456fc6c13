"""Scans of what is shipped: each scanner's own findings, and the dated exceptions of `scan.toml`."""
