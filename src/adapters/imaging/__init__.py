"""Pictures: their headers in this process, their pixels in a child's."""
