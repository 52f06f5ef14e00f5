"""Waiting for something outside of this process, with a deadline."""

import time


def wait_until(condition, seconds, what, failure=TimeoutError, every=0.05):
    """Asks `condition` again and again; returns what it gave, or raises `failure` saying `what`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise failure(f"not within {seconds:.0f} s: {what}")
        time.sleep(every)
