"""Loaded by every Python process that a test starts. Whatever makes or reads what is sealed is tapped, the rest left alone."""

import os
import sys
from importlib.abc import MetaPathFinder
from pathlib import Path


class _First(MetaPathFinder):
    """Waits for the first module that could have to do with what is sealed; quick commands never load one."""

    def find_spec(self, name, _path=None, _target=None):
        if name in ("cara.platform.crypto.keyring", "cara.web.middleware"):
            sys.meta_path.remove(self)
            if "silence.plugin" in sys.modules:  # a worker of the test run itself, which is tapped already
                return
            sys.path.append(str(Path(__file__).parents[2]))
            from silence.children import begin

            begin(f"a process of {os.environ.get('PYTEST_CURRENT_TEST', 'the run')}")
        return


if os.environ.get("CARA_TEST_SILENCE"):
    sys.meta_path.insert(0, _First())
