"""Kills services with SIGKILL in the middle of their work and starts them again."""

import random
import threading
import time

from . import settings


class Chaos:
    """Each service is killed at least `rounds` times, at steps drawn by the seed."""

    def __init__(self, cluster, steps, seed, rounds=2):
        self.cluster = cluster
        self.random = random.Random(seed)
        self.kills = {}
        self.done = []
        self.failures = []
        for name in settings.SERVICES * rounds:
            self.kills.setdefault(self.random.randrange(1, steps), []).append(name)

    def around(self, index, work):
        """Does `work` while the services that are due at this step are killed and come back."""
        threads = [
            threading.Thread(target=self._kill, args=(name, self.random.uniform(0.01, 0.5)))
            for name in self.kills.get(index, [])
        ]
        for thread in threads:
            thread.start()
        try:
            return work()
        finally:
            for thread in threads:
                thread.join()
            if self.failures:
                raise self.failures[0]

    def _kill(self, name, after_seconds):
        time.sleep(after_seconds)
        try:
            self.kill_now(name)
        except Exception as failure:  # Handed to the main thread by around().
            self.failures.append(failure)

    def kill_now(self, name):
        program = self.cluster.program(name)
        program.kill()
        self.done.append(name)
        program.start()
        program.wait_ready()
