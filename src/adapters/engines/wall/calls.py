"""The system calls that the wall refuses: their numbers on each architecture, and when an argument decides.

A call that reaches other processes belongs here whatever the kernel's Landlock does about it: processes of one user may
signal, limit and slow one another.
"""

import os
from dataclasses import dataclass
from typing import Final

#: Audit numbers of the architectures that are known, by machine as :func:`os.uname` says it.
ARCHITECTURES: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
#: Numbers from here on were given after this was written; nothing may be known of them.
LATER: Final = 470


@dataclass(frozen=True, slots=True)
class Call:
    """A system call and its number on each architecture; None where it does not exist."""

    name: str
    x86_64: int | None
    aarch64: int | None

    def number(self, machine: str) -> int | None:
        """Return the number on a machine of :data:`ARCHITECTURES`."""
        return self.x86_64 if machine == "x86_64" else self.aarch64


# fmt: off
#: Refused whatever their arguments.
REFUSED: Final = tuple(Call(*row) for row in (
    # Sockets, and messages with an address or with descriptors. Those that the parent gave stay usable.
    ("socket", 41, 198), ("connect", 42, 203), ("accept", 43, 202), ("accept4", 288, 242), ("bind", 49, 200),
    ("listen", 50, 201), ("sendmsg", 46, 211), ("sendmmsg", 307, 269),
    # Other processes: tracing, their memory, signals with data, their limits, turns and places on the processor.
    ("ptrace", 101, 117), ("process_vm_readv", 310, 270), ("process_vm_writev", 311, 271),
    ("process_madvise", 440, 440), ("process_mrelease", 448, 448), ("kcmp", 312, 272), ("get_robust_list", 274, 100),
    ("pidfd_open", 434, 434), ("pidfd_getfd", 438, 438), ("pidfd_send_signal", 424, 424), ("rt_sigqueueinfo", 129, 138),
    ("rt_tgsigqueueinfo", 297, 240), ("setpriority", 141, 140), ("ioprio_set", 251, 30),
    ("sched_setscheduler", 144, 119), ("sched_setparam", 142, 118), ("sched_setattr", 314, 274),
    ("migrate_pages", 256, 238), ("move_pages", 279, 239),
    # Leaving the process group, with which the parent kills whatever the child has started.
    ("setpgid", 109, 154), ("setsid", 112, 157),
    # Shared memory, semaphores and queues with names, which processes of one user share.
    ("shmget", 29, 194), ("shmat", 30, 196), ("shmctl", 31, 195), ("semget", 64, 190), ("semop", 65, 193),
    ("semtimedop", 220, 192), ("semctl", 66, 191), ("msgget", 68, 186), ("msgsnd", 69, 189), ("msgrcv", 70, 188),
    ("msgctl", 71, 187), ("mq_open", 240, 180), ("mq_unlink", 241, 181), ("mq_timedsend", 242, 182),
    ("mq_timedreceive", 243, 183), ("mq_notify", 244, 184), ("mq_getsetattr", 245, 185),
    # What files have beside their bytes, which Landlock does not guard, and their lengths, which it guards from
    # version 3.
    ("chmod", 90, None), ("fchmod", 91, 52), ("fchmodat", 268, 53), ("fchmodat2", 452, 452), ("chown", 92, None),
    ("fchown", 93, 55), ("lchown", 94, None), ("fchownat", 260, 54), ("utime", 132, None), ("utimes", 235, None),
    ("futimesat", 261, None), ("utimensat", 280, 88), ("setxattr", 188, 5), ("lsetxattr", 189, 6),
    ("fsetxattr", 190, 7), ("setxattrat", 463, 463), ("removexattr", 197, 14), ("lremovexattr", 198, 15),
    ("fremovexattr", 199, 16), ("removexattrat", 466, 466), ("file_setattr", 469, 469), ("truncate", 76, 45),
    ("name_to_handle_at", 303, 264), ("open_by_handle_at", 304, 265), ("inotify_init", 253, None),
    ("inotify_init1", 294, 26), ("fanotify_init", 300, 262), ("quotactl", 179, 60), ("quotactl_fd", 443, 443),
    # Namespaces, mounts, roots.
    ("unshare", 272, 97), ("setns", 308, 268), ("mount", 165, 40), ("umount2", 166, 39), ("mount_setattr", 442, 442),
    ("move_mount", 429, 429), ("open_tree", 428, 428), ("open_tree_attr", 467, 467), ("fsopen", 430, 430),
    ("fsconfig", 431, 431), ("fsmount", 432, 432), ("fspick", 433, 433), ("pivot_root", 155, 41), ("chroot", 161, 51),
    # Interfaces of the kernel with a history of faults: programs in it, counters, keys, faults in user space, io_uring.
    ("bpf", 321, 280), ("perf_event_open", 298, 241), ("add_key", 248, 217), ("request_key", 249, 218),
    ("keyctl", 250, 219), ("userfaultfd", 323, 282), ("io_uring_setup", 425, 425), ("io_uring_enter", 426, 426),
    ("io_uring_register", 427, 427), ("lookup_dcookie", 212, 18),
    # Users and groups.
    ("setuid", 105, 146), ("setgid", 106, 144), ("setreuid", 113, 145), ("setregid", 114, 143), ("setgroups", 116, 159),
    ("setresuid", 117, 147), ("setresgid", 119, 149), ("setfsuid", 122, 151), ("setfsgid", 123, 152),
    # The machine: modules, kernels, swap, names, clocks, ports, the log.
    ("init_module", 175, 105), ("delete_module", 176, 106), ("finit_module", 313, 273), ("kexec_load", 246, 104),
    ("kexec_file_load", 320, 294), ("swapon", 167, 224), ("swapoff", 168, 225), ("reboot", 169, 142),
    ("sethostname", 170, 161), ("setdomainname", 171, 162), ("adjtimex", 159, 171), ("settimeofday", 164, 170),
    ("clock_settime", 227, 112), ("clock_adjtime", 305, 266), ("iopl", 172, None), ("ioperm", 173, None),
    ("acct", 163, 89), ("syslog", 103, 116), ("vhangup", 153, 58), ("uselib", 134, None), ("sysfs", 139, None),
    ("ustat", 136, None),
))
# fmt: on

#: With flags in memory, where a filter cannot look. They do not exist, so the C library uses ``clone`` and ``openat``.
UNSEEN: Final = (Call("clone3", 435, 435), Call("openat2", 437, 437))
#: Refused if a flag begins a namespace, or makes the new process a child of our parent.
CLONE: Final = Call("clone", 56, 220)
REFUSED_FLAGS: Final = 0x7E020080 | 0x8000
#: Refused where no engine starts a program, as is ``clone`` without this flag: it begins a thread.
PROGRAMS: Final = tuple(Call(*row) for row in (
    ("fork", 57, None), ("vfork", 58, None), ("execve", 59, 221), ("execveat", 322, 281),
))  # fmt: skip
THREAD: Final = 0x10000

#: Allowed for the process itself only, which is process 0.
OF_ITSELF: Final = (Call("prlimit64", 302, 261), Call("sched_setaffinity", 203, 122))

#: Allowed with one value of an argument, by its place: sending without an address, whose length is 0 then; and a pair
#: of local sockets, as asyncio of an engine of one's own has it, for the kernel knows less tried families.
WITH_VALUE: Final = ((Call("sendto", 44, 206), 5, 0), (Call("socketpair", 53, 199), 0, 1))

#: Refused with these requests, their second argument: to name the process that gets a signal when a file is ready, the
#: signal (which may be SIGKILL), leases and notices of changes; and the first of these by ``ioctl``.
BY_REQUEST: Final = (
    (Call("fcntl", 72, 25), (8, 10, 15, 1024, 1026)),
    (Call("ioctl", 16, 29), (0x8901, 0x8902)),
)

#: Opening a file to read it, which still cuts it if a flag says so: Landlock holds that back from version 3 on. With
#: each the place of its flags, the bits that decide, and their refused value.
OPENING: Final = ((Call("open", 2, None), 1), (Call("openat", 257, 56), 2))
CUTTING, TO_READ_AND_CUT = os.O_TRUNC | os.O_ACCMODE, os.O_TRUNC | os.O_RDONLY

#: Signals without data. Landlock holds them back from version 6 on, and lets a process end what it has started itself.
KILL, TKILL, TGKILL = Call("kill", 62, 129), Call("tkill", 200, 130), Call("tgkill", 234, 131)
