"""What is said: layer 1. Standard library, ULID, orjson and msgspec only; values, no threads, no clocks but the job id's check."""
