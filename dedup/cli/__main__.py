"""``python -m dedup.cli``: the command line, without its script."""

from dedup.cli import main

if __name__ == "__main__":
    main(prog_name="dedup")
