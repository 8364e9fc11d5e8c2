// An S3 server with one bucket, for whoever signs with the key.
const aws4 = require("aws4");
const S3rver = require("s3rver");
const { DUMMY_ACCOUNT } = require("s3rver/lib/models/account");

const { ACCESS_KEY, SECRET_KEY, BUCKET } = process.env;
DUMMY_ACCOUNT.createKeyPair(ACCESS_KEY, SECRET_KEY);
const server = new S3rver({
  address: "0.0.0.0",
  port: 9000,
  directory: "/tmp/data",
  vhostBuckets: false,
  configureBuckets: [{ name: BUCKET, configs: [] }],
});

// s3rver does not look at signatures of version 4: what was asked must be what the key signs.
server.middleware.unshift(async (context, next) => {
  const given = context.get("Authorization");
  const [, region, names] = /\/([^/]*)\/s3\/aws4_request, SignedHeaders=([^,]*),/.exec(given) ?? [];
  context.assert(names, 403);
  const headers = Object.fromEntries(names.split(";").map((name) => [name, context.get(name)]));
  const asked = { method: context.method, path: context.originalUrl, headers, service: "s3", region };
  aws4.sign(asked, { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET_KEY });
  context.assert(asked.headers.Authorization === given, 403);
  await next();
});

server.run();
