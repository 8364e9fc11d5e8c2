"""An app that tells what it was given."""

import os

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

app = FastAPI()


@app.get("/", response_class=PlainTextResponse)
def greet():
    return "FastAPI is here\n"


@app.get("/env")
def environment() -> dict[str, str]:
    return dict(os.environ)


@app.get("/healthz")
def is_well() -> str:
    return ""
