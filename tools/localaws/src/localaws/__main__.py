"""Run the local AWS: `python -m localaws --port 0`.

Closes the gaps, then runs `localaws.moto_server`: the same arguments, the same line `listening http://127.0.0.1:PORT`, the same exit codes.
"""

from __future__ import annotations

import os
import sys

from localaws import moto_server

# Roles attach AWS's own policies (the task execution role's, for one); moto has them only when asked before it is imported.
os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")


def main() -> int:
    """Returns the process's exit code; does not return while the server runs."""
    try:
        from localaws.moto_patches import close_all  # imports moto, which may be missing: the server's own main tells
    except ImportError:
        return moto_server.main()
    close_all()
    return moto_server.main()


if __name__ == "__main__":
    sys.exit(main())
