"""Headers of pictures, each read by a bounded parser of our own.

An image library reads a header completely, however long it is: a file of 5 MB can keep one busy for seconds and make it
allocate a gigabyte. The parsers here read only what decides about a file, namely its size, its frames and the form of
its pixels, in a bounded number of steps and bytes (:mod:`adapters.imaging.headers.bounded`). They run in the API
process, before anything is stored, and in a child before it decodes. A child then hands the decoder the *essence* of a
file: the parts that its pixels need, and nothing that may be long for no reason.
"""
