"""Byte code for the standard library, beside its sources. This runs while the base is built, in the image itself; it is no part of it.

Left out is what a service hardly ever imports: windows, debuggers, tests, the installer, other systems' modules, old encodings, and the Python
versions of modules that are built in. They still work, and are compiled when they are imported. What has byte code keeps it.
"""

import compileall
import re
import sys
import sysconfig
from py_compile import PycInvalidationMode

LEFT_OUT = (
    "__phello__", "_pyrepl", "ctypes/macholib", "curses", "dbm", "dist-packages", "ensurepip", "idlelib", "lib2to3", "pydoc_data", "site-packages",
    "sqlite3", "test", "tkinter", "turtledemo", "unittest", "venv", "wsgiref", "xml/dom", "xmlrpc",
    r"_(?:aix|android|apple|ios|osx)_support\.py", r"_py(?:decimal|datetime|io|long)\.py", r"_sysconfigdata.*\.py",
    r"(?:bdb|cProfile|doctest|mailbox|modulefinder|pdb|pickletools|profile|pstats|pyclbr|pydoc|this|trace|turtle|webbrowser)\.py",
    r"(?:ftplib|imaplib|poplib)\.py", r"asyncio/(?:proactor|windows)_\w+\.py", r"importlib/_bootstrap\w*\.py",
    r"encodings/(?!__init__|aliases|ascii|idna|latin_1|punycode|utf_8)[^/]*\.py",
)  # fmt: skip

if __name__ == "__main__":
    library = sysconfig.get_path("stdlib")
    left_out = re.compile(rf"^{re.escape(library)}/(?:{'|'.join(LEFT_OUT)})(?:/|$)")
    # No exit code: the standard library has files that are meant not to compile.
    compileall.compile_dir(library, quiet=2, rx=left_out, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
    sys.exit(0)
