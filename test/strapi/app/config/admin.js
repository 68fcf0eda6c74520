module.exports = ({ env }) => ({
  auth: { secret: 'test-admin-secret' },
  apiToken: { salt: 'test-api-token-salt' },
  // An absent salt is how a Strapi comes to answer 500 to every transfer token.
  transfer: { token: { salt: env('FERRY_TOKEN_SALT') || undefined } },
  secrets: { encryptionKey: 'test-encryption-key-of-32-chars!' },
  flags: { nps: false, promoteEE: false },
});
