"""pip for another processor and Python: `python foreign_pip.py MACHINE PYTHON PIP-ARGUMENTS...`.

pip can choose wheels for another machine (`--platform`), but reads the markers of requirements
(`; platform_machine == ...`) by the machine and the Python that it runs on.
"""

import sys

from pip._internal.cli.main import main
from pip._vendor.packaging import markers

machine, python, *arguments = sys.argv[1:]
told = {"platform_machine": machine, "python_version": python, "python_full_version": f"{python}.0"}
here = markers.default_environment()
vars(markers)["default_environment"] = lambda: {**here, **told}
glibc = [f"manylinux_2_{minor}_{machine}" for minor in range(36, 16, -1)]  # Debian 12 has 2.36
platforms = [f"--platform={name}" for name in (*glibc, f"manylinux2014_{machine}")]
only = ["--implementation=cp", f"--python-version={python}", "--only-binary=:all:"]
sys.exit(main([arguments[0], *platforms, *only, *arguments[1:]]))
