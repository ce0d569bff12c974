"""`python -m analysis COMMAND`: loads the command's module by name and runs it; one line and exit 2 on bad input.

Only the module of the command asked for is loaded, so `compare` needs neither pandas nor matplotlib.
"""

from __future__ import annotations

import argparse
import importlib
import re
import sys
from collections.abc import Sequence
from typing import NoReturn

from analysis.errors import AnalysisError

COMMANDS = {
    "aggregates": "write the exact counts behind public tables: aggregates CUT --out FILE",
    "compare": "compare two proportions: compare 17/19 22/32",
    "endpoints": "write each child's endpoints without days: endpoints CUT --out FILE --responses FILE",
    "report": "write the interim report of a data cut: report CUT --out DIR",
    "formats": "write an export in other formats: formats FOLDER --formats excel,xlsx,spss,stata,sas,redcap",
    "texts": "write every text that stands in the files of a folder: texts FOLDER",
}


class OneLineParser(argparse.ArgumentParser):
    """An argument parser that refuses in one line, without the usage text."""

    def error(self, message: str) -> NoReturn:
        """Print the message and end with exit code 2."""
        self.exit(2, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code: 0 after success, 2 after input that cannot be used or a file that cannot be opened."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    overview = "\n".join(f"  {name:<10} {text}" for name, text in COMMANDS.items())
    chooser = OneLineParser(
        prog="python -m analysis",
        description="Analyses of the Pediatric Anakinra Registry.",
        epilog=f"commands:\n{overview}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=True,
    )
    chooser.add_argument("command", choices=COMMANDS, metavar="COMMAND")
    command = chooser.parse_args(given[:1]).command
    module = importlib.import_module(f"analysis.commands.{command}")
    parser = OneLineParser(prog=f"python -m analysis {command}", description=module.__doc__)
    module.add_arguments(parser)
    # argparse takes -1/3 for an option; with a space before it, it reaches the command, which refuses it in words
    options = parser.parse_args([f" {text}" if re.match(r"-\d", text) else text for text in given[1:]])
    try:
        module.run(options)
    except AnalysisError as refused:
        print(f"python -m analysis {command}: {refused}", file=sys.stderr)
        return 2
    except OSError as refused:
        where = refused.filename or "a file"
        print(f"python -m analysis {command}: {where} cannot be read or written: {refused.strerror}.", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
