"""`python -m cartesia_call`."""

from cartesia_call.cli.main import main

if __name__ == "__main__":
    main()
