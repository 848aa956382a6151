"""``python -m generator`` is ``mlfgen``."""

import sys

from generator.cli.main import main

sys.exit(main())
