"""An app that tells what it was given, and uses its message broker."""

import os

import pika
from flask import Flask

if os.environ.get("FLASK_ENV") == "broken":
    raise RuntimeError("told not to start")

app = Flask(__name__)


@app.get("/")
def greet():
    return "Flask is here\n"


@app.get("/env")
def environment():
    return dict(os.environ)


@app.get("/healthz")
def is_well():
    return "", 503 if os.environ.get("FLASK_ENV") == "unwell" else 200


@app.get("/rabbitmq")
def use_rabbitmq():
    """Which brokers have taken a message and given it back."""
    hosts = []
    for url in os.environ["RABBITMQ_CONNECT_STRINGS"].split(","):
        broker = pika.URLParameters(url)
        connection = pika.BlockingConnection(broker)
        channel = connection.channel()
        queue = channel.queue_declare("", exclusive=True).method.queue
        channel.basic_publish("", queue, b"salve")
        if channel.basic_get(queue, auto_ack=True)[2] == b"salve":
            hosts.append(broker.host)
        connection.close()
    return hosts
