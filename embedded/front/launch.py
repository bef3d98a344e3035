"""Becomes the program named in its arguments, after tying its life to that of the parent.

Run as `python3 -I -S -c <this text> bound|detached PARENT_PID PROGRAM ARGS...`. The process id stays
the same, because the program replaces this interpreter. Python, because the Rust side forbids
`unsafe` and so cannot ask for this between fork and exec.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1

mode, parent, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
# An own session: Ctrl-C in the parent's terminal reaches only the parent, which stops us in order.
os.setsid()
if mode == "bound":
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
    # The parent may have died before the line above took effect; nobody would tell us any more.
    if os.getppid() != parent:
        sys.exit(f"parent {parent} is gone")
try:
    os.execv(command[0], command)
except OSError as error:
    sys.exit(f"cannot run {command[0]}: {error}")
