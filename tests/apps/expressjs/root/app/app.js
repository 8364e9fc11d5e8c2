// An app that tells what it was given.
const express = require("express");

const app = express();
app.get("/", (request, response) => response.type("text").send("Express is here\n"));
app.get("/env", (request, response) => response.json(process.env));
app.get("/healthz", (request, response) => response.send(""));
app.listen(process.env.PORT);
