# SPDX-License-Identifier: Apache-2.0
"""What ./demo shows is seen to happen."""
import os
import sys

sys.exit(os.execvp(sys.executable, [
    sys.executable, "tests/demo/demo.py", "--suture", os.environ["SUTURE"], "--image", os.environ["SUTURE_IMAGE"],
    "--other-image", os.environ["SUTURE_OTHER_IMAGE"], "--guests", os.environ["SUTURE_GUESTS"]]))
