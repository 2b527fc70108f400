"""`python -m handler.cli`: the command line without its installed script."""

import sys

from handler.cli.main import main

sys.exit(main())
