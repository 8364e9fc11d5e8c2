"""An app that tells what it was given."""

import os

from flask import Flask

app = Flask(__name__)


@app.get("/")
def greet():
    return "Flask is here\n"


@app.get("/env")
def environment():
    return dict(os.environ)


@app.get("/healthz")
def is_well():
    return ""
