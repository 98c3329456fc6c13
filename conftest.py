"""What every test of every package starts from."""

import signal

# A shell's background job ignores SIGINT, and every program it starts inherits that: so would those that the tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
