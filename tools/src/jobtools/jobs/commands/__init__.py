"""What does each command of the looking half do? Layer: tools, main thread; one file a command, its `run` is what Typer calls."""
