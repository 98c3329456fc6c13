"""Messages and their values. Standard library, ULID, orjson and msgspec only; values, no threads, no clocks but the job id's check."""
