"""Rich renderables, for 80 columns, of what `jobctl.queries` reads."""
