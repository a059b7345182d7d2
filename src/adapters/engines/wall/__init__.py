"""The wall around a child: what a process that reads hostile bytes may still do if those bytes take it over.

Four layers, each taken as far as the kernel gives it (:mod:`adapters.engines.wall.build`):

- **Landlock** (Linux 5.13): the child reads and executes system folders, its interpreter and its language data, and
  writes its own folder. From Linux 6.7 it also opens no TCP connection, and from 6.12 it sends no signal outwards.
- **seccomp**: system calls that no engine needs fail (:mod:`adapters.engines.wall.calls`): sockets, what reaches other
  processes, modes and times of files, namespaces, mounts, keys, kernel interfaces, and whatever the kernel gets later.
  A child without an engine, which inspects files, draws pages or writes PDFs, also starts no process and no program.
  Where Landlock holds no signals back, signals to other processes too.
- **capabilities**: none, even as root.
- **limits**: of memory, file size, descriptors; killed first when memory runs out (:mod:`adapters.engines.confine`).

Every layer lasts for the life of the process and of each program that it runs.
"""
