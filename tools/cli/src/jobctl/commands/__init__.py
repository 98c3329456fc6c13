"""The commands that only read, and `submit`: one module for each, whose `run` is what Typer calls."""
