"""Start the pinned Jupyter Book of this environment: `python -m newroles.book.jupyter_book build ...`."""

import sys

from jupyter_book.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
