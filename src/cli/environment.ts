/** Every variable that the command reads, and what it stands for. docs/cli.md and the man page are made of this. */
export const variables = {
  STRAPI_TRANSFER_URL:
    'the admin URL of the server, where one end is a folder or an archive and the other is not given',
  STRAPI_TRANSFER_TOKEN:
    'the transfer token of the one server of a command; of two servers, of the one at STRAPI_TRANSFER_URL',
  STRAPI_TRANSFER_FROM_TOKEN:
    'the transfer token of the source, or of the first where diff compares two servers; before STRAPI_TRANSFER_TOKEN',
  STRAPI_TRANSFER_TO_TOKEN:
    'the transfer token of the destination, or of the second where diff compares two servers; before STRAPI_TRANSFER_TOKEN',
  STRAPI_TRANSFER_FROM_KEY: 'the password of an encrypted archive that is read',
  STRAPI_TRANSFER_TO_KEY: 'the password of an encrypted archive that is written',
  STRAPI_TRANSFER_BACKUP_KEY: 'the password of an encrypted archive that --backup writes',
  STRAPI_TRANSFER_OUT_KEY: 'the password of an encrypted archive that plan --out writes',
  HTTPS_PROXY: 'the HTTP proxy on the way to an https server, such as http://user:password@host:3128',
  HTTP_PROXY: 'the same for an http server',
  ALL_PROXY: 'the same where neither of them is set; of all three the name in lower case comes first',
  NO_PROXY:
    'hosts that need no proxy: names with their subdomains, addresses, networks (10.0.0.0/8), * for all; this machine never needs one',
  CI: 'where it is set, nothing is asked',
  NO_COLOR: 'where it is set, no colours',
  FORCE_COLOR: 'where it is set, colours without a terminal too; 0 for none',
} as const;

export const proxyVariables = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'NO_PROXY'] as const;
