// An app that tells what it was given, and uses its database and its bucket.
const aws4 = require("aws4");
const express = require("express");
const mysql = require("mysql2/promise");

const app = express();
app.get("/", (request, response) => response.type("text").send("Express is here\n"));
app.get("/env", (request, response) => response.json(process.env));
app.get("/healthz", (request, response) => response.send(""));

// Who it is there, where, and what it has kept.
app.get("/mysql", async (request, response) => {
  const connection = await mysql.createConnection(process.env.MYSQL_DB_CONNECT_STRING);
  try {
    await connection.query("CREATE TEMPORARY TABLE kept (text VARCHAR(9))");
    await connection.execute("INSERT INTO kept VALUES (?)", ["salve"]);
    const [rows] = await connection.query("SELECT text, DATABASE() AS place, USER() AS user FROM kept");
    response.json(rows);
  } finally {
    await connection.end();
  }
});

// An object's URL, asked with this key.
function signed(secretAccessKey, request) {
  const { S3_ACCESS_KEY, S3_REGION, S3_ENDPOINT, S3_BUCKET } = process.env;
  const url = new URL(`/${S3_BUCKET}/greeting`, S3_ENDPOINT);
  const asked = { ...request, host: url.host, path: url.pathname, service: "s3", region: S3_REGION };
  const { headers } = aws4.sign(asked, { accessKeyId: S3_ACCESS_KEY, secretAccessKey });
  return fetch(url, { ...request, headers });
}

// What comes back from the bucket, and how a stranger is answered.
app.get("/s3", async (request, response) => {
  const { S3_SECRET_KEY } = process.env;
  await signed(S3_SECRET_KEY, { method: "PUT", body: "salve" });
  const kept = await signed(S3_SECRET_KEY, { method: "GET" });
  const stranger = await signed("guessed", { method: "GET" });
  response.json({ kept: await kept.text(), stranger: stranger.status });
});

app.listen(process.env.PORT);
