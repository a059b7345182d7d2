"""One change each, in order; a step that was released is never edited."""
