// Node's timeouts of HTTP requests, which a Strapi sets to 0 while a transfer is connected: a minute is long for a test.
const http = require('node:http');

const { createServer } = http;
const short = { headersTimeout: 1000, requestTimeout: 1000, connectionsCheckingInterval: 100 };
http.createServer = (options, listener) => createServer({ ...options, ...short }, listener);
