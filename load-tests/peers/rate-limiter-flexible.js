// rate-limiter-flexible behind node's own HTTP server. Arguments: the port to serve on, and that of Redis (0: in memory).
"use strict";
const http = require("http");
const { RateLimiterMemory, RateLimiterRedis } = require("rate-limiter-flexible");

const [port, redisPort] = process.argv.slice(2).map(Number);
const redis = redisPort > 0 ? new (require("ioredis"))({ port: redisPort, enableAutoPipelining: true }) : null;
const limiter = (keyPrefix, points) =>
  redis
    ? new RateLimiterRedis({ storeClient: redis, keyPrefix, points, duration: 60 })
    : new RateLimiterMemory({ keyPrefix, points, duration: 60 });
const accounts = limiter("account", 5);
const sources = limiter("ip", 50);

const server = http.createServer((request, response) => {
  const asked = new URLSearchParams(request.url.slice(request.url.indexOf("?") + 1));
  const answer = (status) => {
    response.statusCode = status;
    response.end();
  };
  Promise.all([accounts.consume(asked.get("account")), sources.consume(asked.get("ip"))]).then(
    () => answer(200),
    (why) => answer(why instanceof Error ? 500 : 429),
  );
});
server.keepAliveTimeout = 60000;
server.listen(port, "127.0.0.1");
