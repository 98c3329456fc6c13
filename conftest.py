"""What every test of every package starts from."""

import signal

from hypothesis import HealthCheck, settings

# A shell's background job ignores SIGINT, and every program it starts inherits that: so would those that the tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A deadline, and hypothesis's opinion of how fast examples are made, would measure how busy the machine is.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")
