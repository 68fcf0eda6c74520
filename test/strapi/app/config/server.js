module.exports = ({ env }) => ({
  host: '127.0.0.1',
  // 0: the system chooses; boot.mjs reports what it got.
  port: env.int('PORT', 0),
  app: { keys: ['test-key-a', 'test-key-b'] },
  logger: { updates: { enabled: false }, startup: { enabled: false } },
  transfer: { remote: { enabled: env.bool('FERRY_TRANSFER_ENABLED', true) } },
});
