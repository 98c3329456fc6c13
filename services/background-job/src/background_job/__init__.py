"""The background job: does jobs, each with a log stream of its own."""
