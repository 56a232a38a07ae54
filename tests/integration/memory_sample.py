# SPDX-License-Identifier: Apache-2.0
"""Runs a command and samples what memory it and its descendants take: RssAnon + RssShmem of /proc/PID/status."""
import os
import subprocess
import threading
import time

SAMPLE_SECONDS = 0.005


def process_bytes(process):
    """0 if it is gone or a zombie, which has no such lines."""
    try:
        with open(f"/proc/{process}/status", encoding="ascii", errors="replace") as file:
            return sum(int(line.split()[1]) * 1024 for line in file if line.startswith(("RssAnon:", "RssShmem:")))
    except (FileNotFoundError, ProcessLookupError):
        return 0


def parent_of(process):
    """The id of the parent, and the start time, which tells processes with the same id apart."""
    with open(f"/proc/{process}/stat", encoding="ascii", errors="replace") as file:
        fields = file.read().rpartition(")")[2].split()
    return int(fields[1]), int(fields[19])


def descendants(root):
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                parents[int(name)] = parent_of(name)[0]
            except (FileNotFoundError, ProcessLookupError):
                pass
    found, waiting = set(), [root]
    while waiting:
        one = waiting.pop()
        new = [process for process, parent in parents.items() if parent == one and process not in found]
        found.update(new)
        waiting += new
    return found


class Sampler(threading.Thread):
    """Until `stop`: the largest seen of the process `root`, and of any single one of its descendants."""

    def __init__(self, root):
        super().__init__(daemon=True)
        self.root, self.parent_bytes, self.child_bytes, self.samples = root, 0, 0, 0
        self.is_stopped = threading.Event()

    def run(self):
        while not self.is_stopped.wait(SAMPLE_SECONDS):
            self.samples += 1
            self.parent_bytes = max(self.parent_bytes, process_bytes(self.root))
            for child in descendants(self.root):
                self.child_bytes = max(self.child_bytes, process_bytes(child))

    def stop(self):
        self.is_stopped.set()
        self.join()


def run_sampled(command, environment, folder, seconds_max):
    """The finished process, its sampler, and the seconds that it took."""
    started = time.monotonic()
    with subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, errors="replace") as process:
        sampler = Sampler(process.pid)
        sampler.start()
        try:
            output, errors = process.communicate(timeout=seconds_max)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        finally:
            sampler.stop()
    result = subprocess.CompletedProcess(command, process.returncode, output, errors)
    return result, sampler, time.monotonic() - started
