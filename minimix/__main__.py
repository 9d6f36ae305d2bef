"""`python -m minimix`, where the command `minimix` is not on the path."""

from .cli import program

if __name__ == "__main__":  # worker processes import this file too
    program()
