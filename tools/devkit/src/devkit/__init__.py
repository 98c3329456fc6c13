"""Demo, inner loop, bench, the local stack, and checks of infrastructure and docs."""
