"""A worker or a scheduler: it writes down what it was given, and waits."""

import json
import os
import signal
import sys

path = f"/tmp/{sys.argv[1]}.json"
with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
    json.dump(dict(os.environ), file)
signal.pause()
