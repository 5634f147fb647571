# SPDX-License-Identifier: Apache-2.0
"""Suture's runtime in a process of this machine, for clients."""
import json
import os
import subprocess
import tempfile

import payloads

BIN = os.path.dirname(os.path.dirname(os.path.realpath(os.environ["SUTURE"])))
SERVER = os.path.join(BIN, "runtime/host/control_server")


class ControlServer:
    """The runtime in a process of this machine; its `symbols` are what payloads for it need to know."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="suture-", dir="/tmp")
        self.socket = os.path.join(self.folder.name, "control")
        self.process = subprocess.Popen([SERVER, "--socket", self.socket], stdout=subprocess.PIPE, text=True,
                                        stderr=subprocess.DEVNULL)
        self.build_id = json.loads(self.process.stdout.readline())["buildId"]
        self.functions = payloads.XenSymbols.functions_of(SERVER)

    def close(self):
        self.process.terminate()
        self.process.wait(20)
        self.process.stdout.close()
        self.folder.cleanup()
