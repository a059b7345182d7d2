"""``python -m ocrcore``: the command line."""

from importlib import import_module

if __name__ == "__main__":
    import_module("ocrcore_start").main()
