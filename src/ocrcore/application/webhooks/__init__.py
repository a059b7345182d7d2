"""The webhooks of owners: the verbs of a client on them, and the steps of a process that sends."""
