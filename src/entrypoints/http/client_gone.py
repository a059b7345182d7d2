"""The end of a request whose client went away."""


class ClientGone(Exception):
    """The client has closed its connection before its request was answered, so nobody reads the answer."""
