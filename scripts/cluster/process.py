"""One program of the cluster: started, waited for, killed and started again by its pid."""

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request


class StartFailed(Exception):
    """The program did not become ready; the text holds the end of its log."""


class Program:
    """A service with an admin address. Its log is appended to one file over all its starts.

    `admin_port`: of that address; or `ports_file`: what the service writes its ports to, when it
    is configured to let the kernel choose them anew at each start.
    """

    def __init__(self, name, command, log_path, admin_port=0, ports_file=None):
        self.name = name
        self.command = command
        self.log_path = log_path
        self.admin_port = admin_port
        self.ports_file = ports_file
        self.process = None

    def start(self):
        if self.ports_file is not None:
            self.ports_file.unlink(missing_ok=True)
            self.admin_port = 0
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def get(self, path, timeout=5.0):
        """Body of a GET on the admin address; None when it does not answer with 200."""
        if self.admin_port == 0 and self.ports_file is not None:
            try:
                self.admin_port = json.loads(self.ports_file.read_text())["admin"]
            except FileNotFoundError:
                return None
        url = f"http://127.0.0.1:{self.admin_port}{path}"
        try:
            with urllib.request.urlopen(url, timeout=timeout) as answer:
                return answer.read().decode()
        except (urllib.error.URLError, OSError):
            return None

    def wait_ready(self, seconds=60.0):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise StartFailed(
                    f"{self.name} ended with code {self.process.returncode} before it was ready; "
                    f"its log ({self.log_path}) ends:\n{self.log_tail()}"
                )
            if self.get("/readyz") is not None:
                return
            time.sleep(0.05)
        raise StartFailed(
            f"{self.name} was not ready after {seconds:.0f} s; "
            f"its log ({self.log_path}) ends:\n{self.log_tail()}"
        )

    def log_tail(self, lines=15):
        try:
            with open(self.log_path, "rb") as log:
                log.seek(0, os.SEEK_END)
                log.seek(max(0, log.tell() - 16384))
                return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])
        except OSError:
            return "(no log)"

    def running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """SIGKILL: no chance to finish anything."""
        if self.running():
            self.process.kill()
            self.process.wait()

    def stop(self, seconds=20.0):
        """SIGTERM; returns the exit code. SIGKILL if it takes longer than allowed."""
        if not self.running():
            return None if self.process is None else self.process.returncode
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return -signal.SIGKILL
