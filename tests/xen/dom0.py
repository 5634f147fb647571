# SPDX-License-Identifier: Apache-2.0
"""What tests put into the dom0 of `suture vm start --xen`: Xen's own tool, payloads, and commands to run."""
import os
import re
import shlex
import shutil
import subprocess

XEN_LIVEPATCH = "/usr/lib/xen-4.17/bin/xen-livepatch"

# Runs /steps line by line; then says whenever the version that a hypercall returns changes, and answers the versions
# that end in "?" by what both tools make of the list.
START = r"""#!/bin/sh
export PATH=/bin
number=0
while read -r step; do
  number=$((number + 1))
  echo "step $number: $step"
  sh -c "$step" > /tmp/output 2>&1
  code=$?
  sed 's/^/| /' /tmp/output
  echo "step $number ended: $code"
done < /steps
echo "steps ended"
last=
while :; do
  extra=$(cat /sys/hypervisor/version/extra)
  if [ "$extra" != "$last" ]; then
    last=$extra
    echo "extra: $extra"
    case $extra in
    *\?)
      echo "xen-livepatch lists $(xen-livepatch list | grep -c '| CHECKED\|| APPLIED')"
      echo "suture lists $(suture list --target xen --json | grep -c '"state": "')"
      ;;
    esac
  fi
  usleep 200000
done
"""


def libraries(program):
    """The files that the dynamic linker loads for a program."""
    text = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
    return re.findall(r"(/\S+) \(0x", text)


def make_archive(folder, programs, files=()):
    """A cpio archive of programs, {path: text}, and files, [(path, file)]."""
    root = os.path.join(folder, "root")
    for path, text in programs.items():
        os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
        with open(os.path.join(root, path), "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(os.path.join(root, path), 0o755)
    for path, file in files:
        os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
        shutil.copy(file, os.path.join(root, path))
    archive = os.path.join(folder, "overlay.cpio")
    with open(archive, "wb") as file:
        subprocess.run(f"cd {shlex.quote(root)} && find . -mindepth 1 | sort | cpio -o -H newc -R 0:0 --quiet",
                       shell=True, check=True, stdout=file)
    return archive


def make_overlay(folder, steps, payloads, start=START):
    """An archive for `--guests`; payloads: files that get into /payloads; start: the program that runs the steps."""
    texts = {"start": start, "steps": "\n".join(steps) + "\n",
             "etc/passwd": "root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n",
             "etc/group": "root:x:0:\nnogroup:x:65534:\n"}
    files = [("bin/xen-livepatch", XEN_LIVEPATCH)]
    files += [(library.lstrip("/"), library) for library in libraries(XEN_LIVEPATCH)]
    files += [("payloads/" + os.path.basename(payload), payload) for payload in payloads]
    return make_archive(folder, texts, files)


class StepResult:
    def __init__(self, code, output):
        self.code = code
        self.output = output


def parse_steps(lines):
    """The results of the steps in what dom0 printed."""
    results = []
    output = []
    for line in lines:
        ended = re.fullmatch(r"step (\d+) ended: (\d+)", line)
        if ended:
            assert int(ended.group(1)) == len(results) + 1, line
            results.append(StepResult(int(ended.group(2)), "\n".join(output)))
        elif line.startswith("| "):
            output.append(line[2:])
        elif line.startswith("step "):
            output = []
    return results
