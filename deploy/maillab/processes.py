"""Processes by id and start time, so that a reused id is never signalled."""
import os
import time


def start_time(pid):
    """The kernel's start tick of a process; None when it is gone or a zombie."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            # The name in parentheses may hold spaces; field 22 counts from the first.
            fields = stat.read().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def identity(pid):
    return [pid, start_time(pid)]


def alive(process):
    pid, started = process
    return started is not None and start_time(pid) == started


def send(process, number):
    if alive(process):
        try:
            os.kill(process[0], number)
        except ProcessLookupError:
            pass


def send_all(known, number):
    for process in known:
        send(process, number)


def family(process):
    """The process and all its descendants."""
    if not alive(process):
        return []
    children = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as stat:
                    parent = int(stat.read().rpartition(")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(name))
    found, queue = [process], [process[0]]
    while queue:
        for child in children.get(queue.pop(), []):
            found.append(identity(child))
            queue.append(child)
    return found


def wait_gone(known, seconds):
    deadline = time.monotonic() + seconds
    while any(alive(process) for process in known):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
