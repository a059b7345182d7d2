"""The worker: the threads and signals around the steps of ``ocrcore.application.worker``."""
