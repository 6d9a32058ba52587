"""`python -m miaohui`: the same door as the installed command."""

import sys

from miaohui.cli import main

if __name__ == "__main__":
    sys.exit(main())
