import { stateWords } from './state-words.js';

/**
 * The one table of what can go wrong. A row drives the message that a person reads (which says what to do next),
 * the command's exit code, whether trying again can help, the status of a refused upgrade, the WebSocket close
 * code, and the form that the error takes on the wire. docs/errors.md is held against it by a test.
 */
export interface ErrorRow {
  /** The message. `{name}` is filled in from the error's details; `[…]` is there where the details have its name. */
  readonly message: string;
  /** The command's exit code, see {@link exitCodes}. */
  readonly exit: ExitCode;
  /** Trying the same again, unchanged, can succeed. */
  readonly retryable?: true;
  /** It is about the way to a server: the command names the doctor, who looks at it step by step. */
  readonly doctor?: true;
  /** Status of the refused upgrade that this error stands for. */
  readonly http?: number;
  /** WebSocket close code (RFC 6455, 4000–4999 are ours). */
  readonly close?: number;
  /** How a server of ours, like a Strapi, words this in an answer: `{code, message, details: {step, details}}`. */
  readonly wire?: {
    /** @default 'Error' */
    readonly code?: string;
    readonly message: string;
    readonly step?: 'initialization' | 'validation' | 'transfer';
    /** Whether `details.wire` goes with it. */
    readonly detailed?: true;
    /** The message is for the operator alone, since it says more. An error without `wire` is the operator's too. */
    readonly operator?: true;
  };
}

/** What the exit codes of the command mean. 130 (interrupted by Ctrl-C) is the shell's convention: 128 + SIGINT. */
export const exitCodes = {
  0: 'done',
  1: 'a fault of ferry itself',
  2: 'the arguments or options are wrong',
  3: 'the server refused: token, scope, route or setting',
  4: 'the connection failed, was lost, or the server went silent',
  5: 'the schemas of the two ends differ',
  6: 'the source holds what cannot be read',
  7: 'the destination cannot take the content',
  8: 'the peer broke the protocol, or answered with an error',
  130: 'interrupted',
} as const;

/** One of {@link exitCodes}. */
export type ExitCode = keyof typeof exitCodes;

/** Every error, by its code: docs/errors.md lists them. */
export const errorTable = {
  // Arguments and options
  INVALID_URL: {
    message: '{url} is not a URL that can be used: {reason}. {cure}',
    exit: 2,
  },
  INVALID_OPTION: { message: 'Option {option} cannot be {value}: {reason}.', exit: 2 },
  MISSING_PACKAGE: {
    message:
      'Option {option} needs the package {package}, which could not be loaded. Install it: npm install -D {package}.',
    exit: 2,
  },
  FILES_WITHOUT_ROWS: {
    message:
      '{url} takes files only with their rows (plugin::upload.file), and those do not move: let content move as well, or leave files out. Nothing was changed there.',
    exit: 2,
  },
  MISSING_TOKEN: {
    message:
      'No transfer token for {url}. Create one in the admin panel (Settings → Transfer Tokens) and give it as {option}[ or in {variable}].',
    exit: 2,
  },
  AMBIGUOUS_TOKEN: {
    message:
      '{given} is the token of one server, and this command has two: {a} and {b}. Give each its own in STRAPI_TRANSFER_FROM_TOKEN and STRAPI_TRANSFER_TO_TOKEN, or with --from-token and --to-token; or say in STRAPI_TRANSFER_URL whose it is.',
    exit: 2,
  },
  MISSING_END: {
    message:
      'Nothing was given for {flag}. Give the admin URL of a server, a folder or an archive; STRAPI_TRANSFER_URL stands in for the server where the other end is a folder or an archive.',
    exit: 2,
  },
  INVALID_PROFILES: {
    message:
      '{file} cannot be used: {reason}. Mend it, or use no names of ends: a URL is always a server, and a path with a / in it a folder or an archive.',
    exit: 2,
  },
  AMBIGUOUS_END: {
    message:
      '{name} stands here as a folder or a file, and is an end of {file} too. Write ./{name} for the one that stands here, or give the end another name.',
    exit: 2,
  },
  HOST_NOT_TRUSTED: {
    message:
      '{file} leads to {origin}, where this user was never led before, and the command cannot ask because {because}. If the token may go there, give --trust-host {origin}, or answer the question once at a terminal: strapi-ferry doctor asks it too.',
    exit: 2,
  },
  TRUST_UNUSABLE: {
    message:
      'The list of hosts that ferry.json may lead to, {file}, is not used: {reason}. Remove it, so that the question is asked again; or give --trust-host {origin}.',
    exit: 7,
  },
  NO_PASSWORD: {
    message:
      'No password for {path}, and the command cannot ask because {because}. Give it with {flag} or in {variable}.',
    exit: 2,
  },
  NOT_CONFIRMED: {
    message:
      'The transfer would delete what stands at {to}, and the command cannot ask because {because}. Give --force to replace it, or --dry-run to change nothing.',
    exit: 2,
  },
  MERGE_NOT_CONFIRMED: {
    message:
      'The merge would change what stands at {to}, and the command cannot ask because {because}. Give --force to do it unasked, or --dry-run to see what it would do.',
    exit: 2,
  },

  // The upgrade was refused
  UNAUTHORIZED: {
    message:
      '{url} refused the transfer token (401). Check that it is complete, has not expired, and belongs to this server.',
    exit: 3,
    http: 401,
    close: 4401,
    wire: { code: 'UnauthorizedError', message: 'Token not found' },
  },
  TOKEN_EXPIRED: {
    message:
      '{url} refused the transfer token (401): its time is over. Create a new one in the admin panel (Settings → Transfer Tokens).',
    exit: 3,
  },
  FORBIDDEN: {
    message:
      'The transfer token has no {scope} permission on {url} (403).[ {why}] Create a token with {scope} or full access.',
    exit: 3,
    http: 403,
    close: 4403,
    wire: { code: 'ForbiddenError', message: 'Forbidden access' },
  },
  ORIGIN_REFUSED: {
    message:
      'A page in a browser asked for a connection, and its origin is none of those that the server takes (403). The browser tells the page nothing of it; the server reports this code to onRefused. Name the origin of the page in the option origins of the server.',
    exit: 3,
    http: 403,
  },
  NOT_FOUND: {
    message:
      '{url} has no transfer route (404).[ {also}] A Strapi has it below /admin, wherever its panel lives (admin.url), and behind the prefix of a proxy if there is one: check that the URL ends so, that server.transfer.remote.enabled is true in config/server, and that a proxy in front of it forwards the Upgrade header.',
    doctor: true,
    exit: 3,
    http: 404,
  },
  TRANSFER_DISABLED: {
    message:
      '{url} knows the transfer token and still answers 404: transfer is disabled there. Set server.transfer.remote.enabled to true in its config/server, and restart it.',
    exit: 3,
  },
  PASSWORD_REQUIRED: {
    message:
      '{url} asks for a password of its own ({status}: {scheme}), before a Strapi is reached. The Authorization header carries the transfer token: let what begins with {path}/transfer/runner/ pass without that password.',
    exit: 3,
  },
  BLOCKED: {
    message:
      '{url} was not reached: {who} answered with status {status}, and not in the words of a Strapi. That is a firewall, and not the permission of the token. Let what begins with {path}/transfer/runner/ pass there, or run ferry on a machine that may.',
    exit: 3,
  },
  NO_TOKEN_SALT: {
    message:
      '{url} has no salt for transfer tokens (501). Set transfer.token.salt in its config/admin (TRANSFER_TOKEN_SALT).',
    exit: 3,
    http: 501,
  },
  TOO_MANY_ATTEMPTS: {
    message:
      '{url} takes no more connections for now (429): too many came at once. Wait a minute, then run the transfer again.',
    exit: 3,
    retryable: true,
    http: 429,
  },
  UPGRADE_NOT_FORWARDED: {
    message:
      '{url} answered the WebSocket upgrade with status {status}. A proxy in front of it seems to drop the Upgrade and Connection headers, or it is not a Strapi: let the proxy forward them (nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade").[ {also}]',
    doctor: true,
    exit: 3,
    http: 426,
  },
  GATEWAY_ERROR: {
    message:
      'The proxy in front of {url} answered with status {status}: it could not reach Strapi, or gave up. Check that Strapi runs, and what address and time limits the proxy has for it.',
    doctor: true,
    exit: 4,
    retryable: true,
    http: 502,
  },
  REDIRECTED: {
    message: '{url} redirects to {location} (status {status}). Use that address, ending in the admin path.',
    exit: 3,
    http: 301,
  },
  SERVER_FAILED: {
    message:
      '{url} failed to answer the WebSocket upgrade (status {status}).[ {also}] Look into its log. A Strapi answers so where its database does not answer (busy, or out of connections), and where transfer.token.salt is not set in its config/admin (TRANSFER_TOKEN_SALT).',
    doctor: true,
    exit: 3,
    http: 500,
  },
  SERVERS_DISAGREE: {
    message:
      'Several servers answer at {url}, and they disagree on one token: {answers}. Give all of them the same version, database and config (transfer.token.salt in config/admin), or give the address of one.',
    exit: 3,
  },
  UPGRADE_REFUSED: {
    message:
      '{url} refused the WebSocket upgrade with status {status}. Check the URL, and the log of the server.',
    doctor: true,
    exit: 3,
    http: 400,
  },

  // The connection
  CONNECT_FAILED: {
    message:
      'No connection to {url}: {reason}. Check the host, the port, and that the server runs.[ {proxy}]',
    doctor: true,
    exit: 4,
    retryable: true,
  },
  PROXY_UNREACHABLE: {
    message:
      'The proxy {through}, on the way to {url}, does not answer: {reason}. Check its address (HTTPS_PROXY, HTTP_PROXY or ALL_PROXY, where the environment names it), and that it runs. NO_PROXY names the hosts that need no proxy.',
    exit: 4,
    retryable: true,
    doctor: true,
  },
  PROXY_REFUSED: {
    message: 'The proxy {through} opens no way to {url} (status {status}). {why}',
    exit: 4,
    doctor: true,
  },
  PROXY_FAILED: {
    message:
      'The proxy {through} did not reach {url} (status {status}). Check the host and the port, and that the proxy knows that host and may go there.',
    exit: 4,
    retryable: true,
    doctor: true,
  },
  TLS_FAILED: {
    message: 'No TLS with {url}: {reason}. {cure}',
    doctor: true,
    exit: 4,
  },
  CONNECT_TIMEOUT: {
    message:
      '{url} did not complete the WebSocket handshake within {ms}. Where its port is open, the server is busy: a Strapi on SQLite takes no connection while a push is in work there, so wait for its end and run the transfer again. Otherwise check the port, and firewalls on the way.[ {also}][ {proxy}]',
    doctor: true,
    exit: 4,
    retryable: true,
  },
  CONNECTION_CLOSED: {
    message:
      '{url} closed the connection while {state} (code {closeCode}[: {reason}]).[ {proxy}] Look into the log of the server for the reason, then run the transfer again.',
    doctor: true,
    exit: 4,
    retryable: true,
    close: 1006,
  },
  CUT_BY_ANOTHER: {
    message:
      '{url} cut the connection while {state} (HTTP {status}). When any transfer connection to a Strapi closes, that of a second transfer or of a doctor, it sets its HTTP timeouts again, and cuts those that still run about a minute later. Let nothing else connect to it, and run the transfer again.',
    exit: 4,
    retryable: true,
  },
  MESSAGE_TOO_LONG: {
    message:
      '{url} closed the connection while {state}, since a message was more than it reads (code 1009[: {reason}]). The longest that was sent has {bytes} bytes. A Strapi reads up to 104857600 bytes, a server of Ferry up to `limits.frameSize` (67108864), a proxy on the way what its settings say: raise that limit, or leave the row out.',
    exit: 8,
  },
  CONNECTION_SILENT: {
    message:
      'Nothing came from {url} for {ms} while {state}: the connection is dead or the server hangs.[ {proxy}] Check the network and the server, then run the transfer again; `connectionOptions.heartbeatTimeout` and `connectionOptions.busyTimeout` set the limits.',
    doctor: true,
    exit: 4,
    retryable: true,
    close: 4408,
  },
  REQUEST_TIMED_OUT: {
    message:
      '{url} did not answer {request} within {ms}, asked {attempts} times. Look into the log of the server; `retryMessageOptions.retryMessageTimeout` and `retryMessageOptions.retryMessageMaxRetries` set the limits.',
    doctor: true,
    exit: 4,
    retryable: true,
    close: 4408,
  },
  BATCH_TIMED_OUT: {
    message:
      '{url} is alive, but has sent nothing of its {stage} for {ms}. Look into the log of the server, then run the transfer again.',
    doctor: true,
    exit: 4,
    retryable: true,
  },
  ABORTED: {
    message: 'The transfer was aborted[ by {by}][ {when}][: {because}].',
    exit: 130,
    retryable: true,
    close: 1001,
    wire: { code: 'ABORTED', message: 'The transfer was aborted' },
  },

  // What the peer said
  INVALID_MESSAGE: {
    message:
      '{url} sent what is no message of the transfer protocol: {reason}. Check that it is a Strapi 5, and that its version and ferry’s match.',
    exit: 8,
    close: 1007,
    wire: { message: 'Invalid message', step: 'validation' },
  },
  PEER_ERROR: { message: '{url} answered {request} with an error: {answer}', exit: 8 },
  PEER_STAGE_FAILED: {
    message:
      '{url} could not read its {stage}: {answer}.[ {last}] Look into its log, mend what it could not read, and run the transfer again.',
    exit: 8,
  },
  STATS_DIFFER: {
    message:
      '{url} counted {finished} of the {sent} {stage} that were sent. Look into its log for the rows that it refused; the destination is not complete.',
    exit: 8,
  },
  CHECKSUM_MISMATCH: {
    message:
      'The bytes of the asset {filename} do not match their checksum ({actual} instead of {expected}). They were damaged on the way or at the source: run the transfer again, or replace the file.',
    exit: 6,
    wire: { message: 'Checksum mismatch', step: 'transfer' },
  },
  ASSET_SIZE_MISMATCH: {
    message:
      'The asset {filename} is {actual} bytes long, and was announced with {expected}. It changed or was cut while it was read: run the transfer again.',
    exit: 6,
    wire: { message: 'Asset size mismatch', step: 'transfer' },
  },
  DUPLICATE_ASSET: {
    message:
      'Two files that differ came under the name {filename}, and only one could be kept. Run the transfer again; if it says so again, upload one of them again at the source: it gets a name of its own.',
    exit: 6,
    wire: { message: 'Two different assets are called {filename}', step: 'transfer' },
  },

  // A merge into a stock Strapi: refused before anything is deleted
  MERGE_NOT_CLEARABLE: {
    message: 'A merge cannot delete single documents of {type}: {reason}. Leave the type out.',
    exit: 2,
  },
  MERGE_NOT_STOCK: {
    message: '{url} is a server of Ferry, and the merge was planned for a Strapi. Plan it again.',
    exit: 8,
  },
  MERGE_UNTRIED_VERSION: {
    message:
      '{url} is a Strapi {version}, into which Ferry was not tried to merge, and {reason}. Use the strategy add, which deletes nothing, or a Strapi of a version that was tried: {tried}. Nothing was changed there.',
    exit: 7,
  },
  MERGE_LOSES_LINKS: {
    message:
      'Rows that stay at {url} would lose {count} links, since a Strapi cannot keep them when the documents that they point to are replaced: {listed}. Let the rows that hold them come as well, or set `loseLinks` to accept that. Nothing was changed there.',
    exit: 7,
  },
  MERGE_REPLACES_FILES: {
    message:
      'The bytes of {count} files that stand at {url} would have to be replaced, which a Strapi cannot do one by one: {examples}. Replace them in its media library, or use the strategy add, which leaves what stands as it is. Nothing was changed there.',
    exit: 7,
  },
  MERGE_FILE_NAME_TAKEN: {
    message:
      '{count} new files have names under which {url} stores other files, which they would overwrite: {examples}. Upload them again at the source: there they get names of their own. Nothing was changed there.',
    exit: 7,
  },
  MERGE_SPLITS_DOCUMENTS: {
    message:
      'A Strapi deletes a document as a whole, and of {count} documents at {url} some rows would stay: {examples}. Let all of their locales and states come, or use the strategy add. Nothing was changed there.',
    exit: 7,
  },
  MERGE_SHARED_IDS: {
    message:
      'At {url} documents of several types have the same documentId, and a Strapi would delete all of them: {examples}. Merge these types in runs of their own. Nothing was changed there.',
    exit: 7,
  },
  MERGE_TOO_MANY_DOCUMENTS: {
    message:
      '{count} documents of {url} would be replaced, and a Strapi is told of {most} at once at most. Merge them in parts, with `documents` or by their types. Nothing was changed there.',
    exit: 7,
  },

  // The order of the protocol: what a lifecycle cannot take in its state (`meta.refuses`)
  NO_TRANSFER: {
    message: 'Nothing can be asked of a transfer before init ({request}).',
    exit: 1,
    wire: { message: 'Invalid Transfer Process' },
  },
  TRANSFER_IN_PROGRESS: {
    message: 'The transfer on this connection has begun already ({request}).',
    exit: 1,
    wire: { message: 'Transfer already in progress' },
  },
  BAD_TRANSFER_ID: {
    message: 'The transfer ID is not that of this connection ({request}).',
    exit: 1,
    wire: { message: 'Bad transfer ID provided', step: 'transfer' },
  },
  INVALID_COMMAND: {
    message: '{request} is no command of the protocol.',
    exit: 1,
    wire: { message: 'Invalid transfer command' },
  },
  BAD_REQUEST: {
    message: '{request} is no message of the protocol.',
    exit: 1,
    wire: { message: 'Bad Request' },
  },
  TRANSFER_TERMINATED: {
    message: 'The transfer on this connection has failed ({request}).',
    exit: 1,
    wire: { message: 'Transfer has been terminated', step: 'transfer' },
  },
  PROTECTED_TYPE: {
    message: 'Rows of {type} are never transferred: leave them out.',
    exit: 8,
    wire: { message: 'Remote push cannot transfer protected type "{type}" at {place}', step: 'transfer' },
  },
  INVALID_ACTION: {
    message: '{request} is no action of this direction.',
    exit: 1,
    wire: { message: 'Invalid action provided: "{action}"', step: 'transfer', detailed: true },
  },
  ACTION_OUT_OF_ORDER: {
    message: '{request} cannot come at this point of the transfer.',
    exit: 1,
    wire: {
      message: 'Invalid action "{action}" found for the current flow ',
      step: 'transfer',
      detailed: true,
    },
  },
  INVALID_STAGE: {
    message: '{request} cannot come at this point of the transfer: the stages have one order.',
    exit: 1,
    wire: {
      message: 'Invalid stage ({stage}) provided for the current flow',
      step: 'transfer',
      detailed: true,
    },
  },
  STAGE_IN_PROGRESS: {
    message: '{request} cannot come while another stage is in progress.',
    exit: 1,
    wire: {
      message:
        "It's not possible to start a new transfer stage ({stage}) while another one is in progress ({current})",
      step: 'transfer',
    },
  },
  STAGE_ENDED: {
    message: '{request} needs its stage to be started again first.',
    exit: 1,
    wire: {
      message: 'You need to initialize the transfer stage ({stage}) before ending it',
      step: 'transfer',
    },
  },
  NOT_BOOTSTRAPPED: {
    message: '{request} cannot come before bootstrap.',
    exit: 1,
    wire: { message: 'The transfer needs bootstrap first', step: 'initialization' },
  },
  STAGE_CLOSED: {
    message: '{request} needs its stage to be started again first.',
    exit: 1,
    wire: {
      message: 'You need to initialize the transfer stage ({stage}) before starting to stream data',
      step: 'transfer',
    },
  },
  STAGE_STREAMING: {
    message: '{request} cannot come while its stage is in progress.',
    exit: 1,
    wire: { message: 'Stream already created, something went wrong' },
  },
  INVALID_STRATEGY: {
    message: 'The strategy {strategy} is none that a push can have: restore is the only one.',
    exit: 1,
    wire: { message: 'Invalid strategy {strategy}', step: 'validation', detailed: true },
  },
  STAGE_NOT_INCLUDED: {
    message: 'The {stage} were left out of this transfer when it began.',
    exit: 1,
    wire: {
      message: 'Attempting to transfer {stage} when `{stage}` is not set in restore options',
      step: 'transfer',
    },
  },
  ASSET_NOT_STARTED: {
    message: 'The asset {assetID} cannot {action} before it has started.',
    exit: 8,
    wire: {
      message: 'No asset "{assetID}" for {action} action; send start before stream/end',
      step: 'transfer',
    },
  },
  MISSING_UUID: {
    message: 'A message without a uuid cannot be answered.',
    exit: 8,
    wire: { message: 'Missing uuid in message' },
  },
  INVALID_STEP: {
    message: '{request} is no step of the protocol.',
    exit: 1,
    wire: { message: 'Invalid transfer step, impossible to create a stream' },
  },
  STAGE_NOT_STARTED: {
    message: '{request} needs its stage to be started first.',
    exit: 1,
    wire: { message: 'You need to init first' },
  },
  TRANSFER_OVER: {
    message: 'The transfer on this connection is over ({request}).',
    exit: 1,
    wire: { message: 'Invalid Transfer Process' },
  },

  // A server's limits
  SESSION_IDLE: {
    message: 'Nothing was asked for too long; the server closed the session. Run the transfer again.',
    exit: 4,
    retryable: true,
    close: 4408,
  },
  SESSION_OVERRUN: {
    message:
      'More messages came than the server lets wait; it closed the session. Wait for answers before sending more.',
    exit: 8,
    close: 4429,
  },
  ASSET_TOO_LARGE: {
    message:
      'The asset {filename} is larger ({actual} bytes) than the server takes ({limit}). Leave it out, or raise the limit.',
    exit: 7,
    wire: { message: 'Asset {filename} exceeds the size limit', step: 'transfer' },
  },
  MESSAGE_LIMIT: {
    message:
      '{url} sent a message that was not read: {reason}. The limit {limit} is {value}; if you trust the sender, raise it where the message is read (`limits.{limit}`).',
    exit: 8,
    close: 1009,
  },
  NOT_SERVED: {
    message: 'This server takes no {direction}: {because}.',
    exit: 3,
    wire: { message: 'This server takes no {direction}: {because}' },
  },
  HOOK_TIMED_OUT: {
    message:
      '{hook} of the transfer server did not answer within {ms}, so the client was refused, or its session ended. Look into what it waits for; `limits.hookTimeout` is the time that it may take.',
    exit: 1,
  },
  HOOK_UNFIT: {
    message:
      '{hook} of the transfer server did not answer {wanted}, so the client was refused, or its session ended. Mend what it answers.',
    exit: 1,
  },
  SERVER_STOPPED: {
    message: 'The server is stopping. Run the transfer again when it is back.',
    exit: 4,
    retryable: true,
    close: 1001,
  },

  // Content
  SOURCE_INCOMPLETE: {
    message:
      '{url} could not read all of its rows, so nothing was committed:\n{answer}\nLook into its log and mend what keeps it from reading them. What may stay behind can be left out with `excludeContentTypes`: {types}.',
    exit: 8,
  },
  SERVER_REPORTED: {
    message:
      'Servers reported {warnings} warnings and {errors} errors, and the transfer is strict, so it was not committed:\n{listed}\nMend at the source what they name, or run the transfer again without `strict`.',
    exit: 8,
  },
  CONTENT_DOUBTFUL: {
    message:
      'The content is not whole, and the transfer is strict, so nothing was changed:\n{listed}\nMend the source, or run the transfer again without `strict`.',
    exit: 6,
  },
  MISSING_FILES: {
    message:
      'Rows of {path} name {count} files that it does not hold ({examples}), so nothing was changed at {url}. Give an export that holds its files. `exclude` of files moves the rows without any files, and `allowMissingFiles` what there is.',
    exit: 6,
  },
  FILE_WITHOUT_ROW: {
    message:
      '{path} holds the file {filename}, and its row (plugin::upload.file) does not come with it: a Strapi refuses such a file after it has deleted its own, so nothing was changed at {url}. Make the export again, or take the file and its description out of it.',
    exit: 6,
  },
  DUPLICATE_ROW: {
    message:
      '{path} holds the row {id} of {type} twice. Look for a file of rows that is a copy of another, and take it out; or make the export again.',
    exit: 6,
  },
  LINKS_WITHOUT_ROWS: {
    message:
      '{path} holds {links} links and no rows, so nothing was changed at {url}: its files of rows (entities) are missing. Make the export again.',
    exit: 6,
  },
  NOTHING_TO_COMPARE: {
    message:
      '{end} gives no schemas, so the strict comparison that was asked for cannot be made, and nothing was changed. Give an export that holds its schemas, or leave `schemaStrategy` out.',
    exit: 5,
  },
  SAME_SERVER: {
    message:
      '{from} and {to} are the same server: it would be cleared of what it is read for. Give two servers, or pull into a folder first.',
    exit: 2,
  },
  SCHEMA_MISMATCH: {
    message:
      "The schemas of the two ends differ, so nothing was changed:\n{differences}\nBring the code of the two projects in line, or give `schemaStrategy: 'ignore'`: the transfer then goes on without what the destination lacks.",
    exit: 5,
  },

  // Merging
  NO_DOCUMENTS: {
    message:
      'Rows of {type} at {end} have no documentId, so a merge cannot tell which row meets which. Leave the type out with `excludeContentTypes`.',
    exit: 6,
  },
  NOTHING_SELECTED: {
    message:
      'Nothing at {end} is what was chosen, so nothing was changed. Look at `documents`, `since` and `locales`.',
    exit: 2,
  },
  NO_IDS_LEFT: {
    message: 'The ids of {type} at the destination leave none for a row that comes. Nothing was changed.',
    exit: 7,
  },
  MERGE_CONFLICT: {
    message:
      "{count} documents are newer at {end} than what comes, so nothing was changed:\n{listed}\nGive `onConflict: 'replace'` to replace them, or `onConflict: 'keep'` to leave them as they are.",
    exit: 7,
  },
  MERGE_COLLISION: {
    message:
      '{count} values that must be unique stand in other documents of {end}, so nothing was changed:\n{listed}\nChange one of each two.',
    exit: 7,
  },
  MISSING_LINKS: {
    message:
      '{count} links lead to documents that neither come nor stand at {end}, so nothing was changed:\n{listed}\nLet them come, too (`closure`, or `documents`), or give `allowMissingLinks` to leave these links out.',
    exit: 7,
  },
  MERGE_INCOMPLETE: {
    message:
      'Not all rows of {type} came that the plan of the merge into {end} has, so nothing was changed. Give a source that can be read again and again: transfer it into a folder first.',
    exit: 6,
    wire: {
      code: 'MERGE_INCOMPLETE',
      message: 'Not all rows of {type} came that the plan has',
      step: 'transfer',
    },
  },
  DESTINATION_CHANGED: {
    message:
      '{what} at {end} is not what it was when the merge was planned, so the merge left it as it is. Make a new plan.',
    exit: 7,
    wire: {
      code: 'DESTINATION_CHANGED',
      message: '{what} is not what it was when the merge was planned',
      step: 'transfer',
    },
  },
  FILE_CHANGED: {
    message:
      'The file {file} at {end} was changed after the merge was planned, so nothing was changed. Make a new plan.',
    exit: 7,
  },
  MERGE_DIFFERS: {
    message:
      'The merge into {url} is done, and {count} things there are not as planned:\n{listed}\nLook at them in its admin panel: other people may have worked there at the same time.',
    exit: 7,
  },
  MERGE_NOT_SPOKEN: {
    message:
      "{url} takes no merge as a whole: it is no server of Ferry's, or of a version that cannot. Nothing was changed there.",
    exit: 8,
  },
  BROKEN_CHANGESET: {
    message: 'The changeset in {from} cannot be read: {reason} is not as it should be. Make a new plan.',
    exit: 6,
    wire: { message: 'The changeset of the merge cannot be read', step: 'validation' },
  },
  IS_CHANGESET: {
    message:
      '{from} is a changeset: it holds only what a merge changes. A transfer of it would delete all else at {to}, so nothing was changed. Carry it out with strapi-ferry apply.',
    exit: 2,
  },
  NO_CHANGESET: {
    message: '{from} holds no changeset, so there is nothing to apply. Make one with strapi-ferry plan.',
    exit: 2,
    wire: { message: 'A merge comes with its changeset in the metadata', step: 'validation' },
  },

  // The backup before a push
  BACKUP_INCOMPLETE: {
    message:
      '{url} could not read all of its content: {answer} Look into its log and mend that first. If what it cannot read may be lost, make the backup with a command of its own that leaves it out (strapi-ferry transfer --from {url} --exclude-content-types …), and run this one without --backup.',
    exit: 8,
  },
  BACKUP_DIFFERS: {
    message:
      'What was read back from {path} is not what {url} sent ({stages} differ). Check the disk, and give --backup another place.',
    exit: 7,
  },

  // Stores
  NOT_AN_EXPORT: {
    message: '{path} is no Strapi export that can be read: {reason}. {cure}.',
    exit: 6,
  },
  STRAY_FILE: {
    message:
      '{path} holds {file}, where no export has a file: what is in it would be left behind. If it belongs to the export, move it into {place}; if not, take it out.',
    exit: 6,
  },
  REPEATED_ROWS: {
    message:
      '{path} holds rows twice: {file} is a copy of {other}. Take the copy out, and run the transfer again.',
    exit: 6,
  },
  MISSING_ROWS: {
    message:
      '{path} is not whole: {reason}. Bring back the file that was taken out of it, or make the export again.',
    exit: 6,
  },
  BROKEN_LINE: {
    message: '{file}, line {line}: {reason}. The export is damaged; make it again, or mend that line.',
    exit: 6,
  },
  MISSING_ASSET: {
    message:
      'The asset {filename} is described in {path} but its file cannot be read: {reason}. Put the file back, or make the export again.',
    exit: 6,
    wire: {
      code: 'MISSING_ASSET',
      message: 'The file of the asset {filename} cannot be read',
      operator: true,
    },
  },
  MISSING_ASSET_DESCRIPTION: {
    message:
      'The asset {filename} in {path} has no description that can be read ({file}: {reason}). Make the export again, or take the file out of assets/uploads.',
    exit: 6,
    wire: {
      code: 'MISSING_ASSET_DESCRIPTION',
      message: 'The description of the asset {filename} cannot be read',
      operator: true,
    },
  },
  SOURCE_CHANGED: {
    message:
      'The files of {path} were changed while it was read: {filename} is gone, or may belong to content that came since. Run the transfer again.',
    exit: 6,
    retryable: true,
    wire: {
      code: 'SOURCE_CHANGED',
      message: 'The files of what is served were changed while it was read. Run the transfer again',
      operator: true,
    },
  },
  SOURCE_GONE: {
    message:
      '{path} was removed or changed while it was read: {file} is gone. Bring it back, make sure that nothing changes it until Ferry has read it, and run the transfer again.',
    exit: 6,
    retryable: true,
    wire: {
      code: 'SOURCE_GONE',
      message: 'What is served was changed while it was read. Run the transfer again',
      operator: true,
    },
  },
  SOURCE_BUSY: {
    message:
      'As many pulls run already as the database of this Strapi has room for ({limit}). Wait until one of them has ended, then run the transfer again.',
    exit: 6,
    retryable: true,
    wire: {
      code: 'SOURCE_BUSY',
      message: 'As many pulls run already as this Strapi has room for. Wait until one of them has ended',
    },
  },
  POOL_TOO_SMALL: {
    message:
      'The pool of the database of this Strapi has one connection, and a pull needs one of its own. Raise pool.max in config/database to 2 or more, and start the Strapi again.',
    exit: 6,
    wire: {
      message: 'The pool of the database of this Strapi has one connection, and a pull needs one of its own',
    },
  },
  UNSAFE_FILENAME: {
    message:
      'The file name {filename} would leave the folder, or cannot be a file: refused. Rename it at the source.',
    exit: 6,
    wire: { message: 'Invalid asset filename', step: 'transfer' },
  },
  UNSAFE_FILE: {
    message:
      '{file} is {what}: refused, since only plain files are read, and no link is followed. Put the file itself there, or take it out of the export.',
    exit: 6,
    wire: { message: 'The content holds what is no plain file', step: 'transfer', operator: true },
  },
  UNSAFE_STATE: {
    message:
      '{file} is not used: {reason}. Ferry keeps there what it needs between two runs, and follows nothing that a stranger could have put there; {path} was not touched. {cure}.',
    exit: 7,
    wire: { message: 'The state beside the content is not used', step: 'transfer', operator: true },
  },
  ASSET_NAMES_CLASH: {
    message:
      'The files {filename} and {other} have names that are one name on Windows, on macOS and on some disks of Linux, where only one of the two could be kept. Upload one of them again at the source: it gets a name of its own.',
    exit: 6,
    wire: { message: 'Two assets have names that some systems take for one', step: 'transfer' },
  },
  MISSING_KEY: {
    message:
      '{path} is the name of an encrypted archive, and no key was given. Give the key that belongs to it.',
    exit: 2,
  },
  WRONG_KEY: {
    message:
      '{path} cannot be decrypted with this key. The key is another one, or the file is damaged from its beginning: check which key the archive was made with.',
    exit: 6,
  },
  DAMAGED_ARCHIVE: {
    message: '{path} is damaged: {reason}. Copy it again from where it came, or make it again.',
    exit: 6,
  },
  UNSAFE_ENTRY: {
    message:
      '{path} holds the entry {entry}, which no export holds: {reason}. Refused; ask the person who made the archive.',
    exit: 6,
  },
  ARCHIVE_LIMIT: {
    message:
      '{path} holds more than is read from an archive: {reason}. The limit {limit} is {value}; if you trust the archive, raise it (`limits.{limit}`).',
    exit: 6,
  },
  CONTENT_LIMIT: {
    message:
      '{place} is more than is read: {reason}. The limit {limit} is {value}; if you trust where it comes from, raise it (`limits.{limit}`).',
    exit: 6,
  },
  NOT_EMPTY: {
    message: '{path} exists and is not empty. Give another folder, or `force` to replace what it holds.',
    exit: 7,
  },
  NOT_REPLACEABLE: {
    message:
      '{path} is not replaced, with `force` neither: {reason}. Only a folder that is empty, or holds a Strapi export and nothing else, is replaced. Give another folder, or move what is in this one away.',
    exit: 7,
    wire: {
      message: 'What the server stores is not replaced: it holds more than an export',
      step: 'transfer',
      operator: true,
    },
  },
  NO_SPACE: {
    message:
      'No space left on the device of {path}. Free some space and run the transfer again; what was there before is untouched.',
    exit: 7,
    retryable: true,
    wire: { message: 'No space left on the server', step: 'transfer', operator: true },
  },
  STORE_IN_USE: {
    message:
      '{path} is being written by another transfer (process {pid}). Wait until it has ended, then run this one again.',
    exit: 7,
    retryable: true,
    wire: {
      code: 'STORE_IN_USE',
      message:
        'The store is being written by another transfer. Wait until it has ended, then run this one again',
    },
  },
  STORE_FAILED: { message: '{path} cannot be used: {reason}. Nothing in it was changed.', exit: 7 },
  UNKNOWN_TYPE: {
    message:
      '{place} is of {type}, which this Strapi does not have. Bring the code of the two projects in line, or leave the type out.',
    exit: 5,
    wire: { message: '{place} is of {type}, which this Strapi does not have', step: 'transfer' },
  },
  FILE_NOT_UPLOADED: {
    message:
      'The upload provider {provider} does not take the file {filename}: {reason}. Nothing was changed. Mend that at the provider or in its settings, then run the transfer again.',
    exit: 7,
    wire: {
      message:
        'The upload provider {provider} does not take the file {filename}: the log of the server says why. Nothing was changed',
      step: 'transfer',
      operator: true,
    },
  },
  UNFIT_ROW: {
    message: '{row} cannot be kept by this Strapi: {because}. Mend it where it comes from, or leave it out.',
    exit: 7,
    wire: { message: '{row} cannot be kept by this Strapi: {because}', step: 'transfer' },
  },
  ROWS_REFUSED: {
    message:
      'The database of {path} refuses rows of {type}: {reason}. Nothing was changed. Bring the code of the two projects in line, or mend the rows where they come from.',
    exit: 7,
    wire: {
      message: 'The database refuses rows of {type}: the log of the server says why. Nothing was changed',
      step: 'transfer',
      operator: true,
    },
  },
  FILE_STAYS: {
    message:
      'The file {filename} would take the place of one whose row stays. Nothing was changed. Replace the media library too, or leave the files out.',
    exit: 7,
    wire: {
      message:
        'The file {filename} would take the place of one whose row stays: replace the media library too, or leave the files out',
      step: 'transfer',
    },
  },
  TABLES_HELD: {
    message:
      'Others write tables of {path} and did not let go of them for 20 s. Nothing was changed. Look for a transaction that was left open, then run the transfer again.',
    exit: 7,
    retryable: true,
    wire: {
      message:
        'Others write the tables of this Strapi and did not let go of them. Nothing was changed: run the transfer again',
      step: 'transfer',
      operator: true,
    },
  },
  COMMIT_IN_DOUBT: {
    message:
      'The database of {path} failed while it committed, and does not say yet whether it did: {reason}. Mend the database, then restart Strapi or push again: rows and files are old or new then, together.',
    exit: 7,
    wire: {
      message:
        'The database failed while it committed, and does not say yet whether it did: look at the content once it works again',
      step: 'transfer',
      operator: true,
    },
  },
  FILES_NOT_PLACED: {
    message:
      'The rows at {path} are new, and some of their files could not be put in place: {reason}. Mend that, then restart Strapi: it puts them there when it starts.',
    exit: 7,
    wire: {
      message: 'The rows are new, and some of their files could not be put in place before the next start',
      step: 'transfer',
      operator: true,
    },
  },

  TOO_FEW_FILES: {
    message:
      'This process may have {limit} files open at once, and {needed} are needed. Raise the limit (ulimit -n {needed}; LimitNOFILE of a systemd unit, --ulimit nofile of a container).',
    exit: 7,
  },
  KEY_NOT_WRITTEN: {
    message:
      'The key of the token {name} could not be written to stdout: {reason}. The token was revoked again: let stdout lead where there is room and a reader, then create it once more.',
    exit: 7,
  },

  // Inspection
  RECORDING_UNREADABLE: {
    message: '{path} is no recording that can be read: {reason}.',
    exit: 6,
  },
  OTHER_CHART: {
    message:
      '{path} was recorded with another chart {chart} (strapi-ferry {recordedBy}; this is {version}): {difference}. Replay it with the version that recorded it, or record it again.',
    exit: 6,
  },
  RECORDING_UNWRITABLE: {
    message: 'The recording {path} cannot be written: {reason}. Give another file.',
    exit: 7,
  },
  INSPECTOR_PORT: {
    message:
      'The inspector cannot listen on {host}, port {port}: {reason}. Stop the program that listens there, or give another port.',
    exit: 2,
  },

  DISPATCHER_NOT_READY: {
    message:
      'The request {request} came to a dispatcher that takes none now. It takes one at a time, from connection.opened on: send it the next one after request.answered.',
    exit: 1,
  },
  NOT_PROVIDED: {
    message:
      'The chart {chart} carries nothing by itself: {provider} provides its actors. Use that, or provide actors of your own.',
    exit: 1,
  },
  ALREADY_RUN: {
    message:
      'What prepareTransfer has prepared runs once, and it has run already. Prepare another transfer, or run transferLogic, which takes the options each time.',
    exit: 1,
  },
  NOT_RESUMABLE: {
    message:
      'This transfer was begun by another process, and cannot go on in this one: what it had open ended with that process. Look at what stands at its destination, then run the transfer from its beginning.',
    exit: 1,
  },
  UNEXPECTED: {
    message:
      'Ferry failed in a way it should not: {reason}. Please report it, with what is in `details` and `cause`.',
    exit: 1,
  },
} as const satisfies Record<string, ErrorRow>;

/** One of the codes of {@link errorTable}. */
export type ErrorCode = keyof typeof errorTable;

/** Values for the placeholders of a message, and what else a program may want to know. Never a token, never a row. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** Details that are for programs only, or that are added to a message of any code. */
type MoreDetail = 'doctor' | 'lastWhole' | 'peer' | 'place' | 'probably' | 'proxy' | 'status' | 'wire';

type PlaceholderIn<Text> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | PlaceholderIn<Rest>
  : never;
type OptionalIn<Text> = Text extends `${string}[${infer Part}]${infer Rest}`
  ? PlaceholderIn<Part> | OptionalIn<Rest>
  : never;

/** The details that the message of a code is filled in with, by its template. */
export type DetailsOf<Code extends ErrorCode, Message = (typeof errorTable)[Code]['message']> = Readonly<
  Record<Exclude<PlaceholderIn<Message>, OptionalIn<Message>>, unknown> &
    Partial<Record<OptionalIn<Message> | MoreDetail, unknown>>
>;

type TransferErrorArguments = {
  [Code in ErrorCode]: object extends DetailsOf<Code>
    ? [code: Code, details?: DetailsOf<Code>, cause?: unknown]
    : [code: Code, details: DetailsOf<Code>, cause?: unknown];
}[ErrorCode];

/** `{name}` becomes `details.name`; `[…]` is left out where a name in it is missing. */
export function fillTemplate(template: string, details: ErrorDetails): string {
  const textOf = (name: string) => {
    const value = details[name];
    if (name === 'ms' && typeof value === 'number') return durationWords(value);
    return name === 'state' ? stateWords(String(value ?? '')) : String(value ?? '');
  };
  return template
    .replace(/\[(.*?\{(\w+)\}.*?)\]/g, (_, part: string, name: string) => (textOf(name) === '' ? '' : part))
    .replace(/\{(\w+)\}/g, (_, name: string) => textOf(name));
}

/** A template filled in, with what is added to a message of any code. */
export function messageFrom(template: string, details: ErrorDetails): string {
  const notes = [doctorNote(details), standsNow(details), backupNote(details)];
  return [fillTemplate(template, details), ...notes].join('');
}

/** `10 s`, `2.5 s`, `3 min`, `200 ms` */
function durationWords(ms: number): string {
  if (ms >= 60_000 && ms % 60_000 === 0) return `${ms / 60_000} min`;
  return ms < 1000 ? `${ms} ms` : `${Math.round(ms / 100) / 10} s`;
}

const standings = {
  untouched: 'Nothing at {at} was changed.',
  asBefore: '{at} is as it was before.',
  rollsBack: '{at} undoes on its own what was not committed.',
  silent:
    '{at} did not answer when it was asked afterwards: check that it runs, and start it again if it does not. It undoes on its own what was not committed.',
  unknown: 'Whether {at} holds its content from before or the new one is not known: look there.',
  new: '{at} holds the new content: it was committed before the failure.',
} as const;

/** The last line of the message when a transfer did not complete: what stands at the destination. Empty if that is not known. */
export const standsNow = (details: ErrorDetails): string => standingNote(details) + mergeNote(details);

function standingNote(details: ErrorDetails): string {
  const { stands } = details;
  if (typeof stands !== 'string' || !(stands in standings)) return '';
  // The transfer that failed has changed nothing; the phase of the merge before it has.
  if (isLaterPhase(details) && (stands === 'asBefore' || stands === 'untouched')) return '';
  const uploads = uploadsNote(details);
  const isOfRows = stands === 'asBefore' && uploads !== '';
  const words = isOfRows
    ? 'The database of {at} is as it was before.'
    : standings[stands as keyof typeof standings];
  return `\n${fillTemplate(words, details)}${uploads}`;
}

const isLaterPhase = ({ mergePhase }: ErrorDetails) => typeof mergePhase === 'number' && mergePhase > 1;

/** What stands after a merge that came further than its first phase. */
function mergeNote(details: ErrorDetails): string {
  if (details['isUnverified'] === true)
    return '\nThe merge is done; what stands there was not compared with the plan.';
  if (!isLaterPhase(details)) return '';
  const { stands = 'untouched' } = details;
  const rest = stands === 'untouched' || stands === 'asBefore' ? ', and no document there was changed' : '';
  return fillTemplate(
    `\nThe merge ended in phase {mergePhase} of {mergePhases}: the new files and folders of the phase before stand at the destination${rest}. The same merge goes on from there.`,
    details,
  );
}

/** Names what a Strapi leaves behind: a rollback restores its database, not its uploads. */
function uploadsNote(details: ErrorDetails): string {
  const { uploads, uploadsDeleted, uploadsMayBeDeleted, uploadsUnknown, filesDeleted, newFilesStay } =
    details;
  if (newFilesStay === true)
    return ' New files may lie in its uploads folder that no row names: they do no harm, and the same merge writes them again.';
  if (filesDeleted === true) {
    return ' Its upload provider has deleted the files from before, all or some of them, and keeps no copy: restore them from a backup, or run the transfer again.';
  }
  if (uploadsUnknown === true) {
    return ' Its uploads from before may have been moved: look there for a folder uploads_backup_… beside its uploads folder, and move its files back.';
  }
  if (uploadsDeleted === true) {
    return ' Its uploads from before are deleted: restore its uploads folder from a backup, or run the transfer again.';
  }
  if (!Array.isArray(uploads) || uploads.length === 0) return '';
  const unless = uploadsMayBeDeleted === true ? ', unless it has deleted them since' : '';
  return ` Its uploads from before lie in ${uploads.join(', ')} on the server${unless}: move them back into its uploads folder, which may hold new files in part.`;
}

function backupNote({ backup, restoreWith, backupFailed }: ErrorDetails): string {
  if (typeof backupFailed === 'string') {
    return ` There is no backup ${backupFailed}, so the transfer did not begin: nothing was changed at the destination.`;
  }
  if (typeof backup !== 'string') return '';
  return ` ${backup} holds what stood at the destination before. Where something of it is missing there now, this puts it back: ${restoreWith}`;
}

const doctorNote = ({ doctor }: ErrorDetails) =>
  typeof doctor === 'string' ? ` ${doctor} looks at the way there step by step.` : '';

/** The one error class. `message` tells a person what to do next; `code` is for programs. */
export class TransferError extends Error {
  override readonly name = 'TransferError';
  /** One of docs/errors.md. */
  readonly code: ErrorCode;
  /** What the message was filled in with, and what else a program may want to know. */
  readonly details: ErrorDetails;

  constructor(...[code, details = {}, cause]: TransferErrorArguments) {
    super(messageFrom(errorTable[code].message, details), cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }

  /** The table's row of this error. */
  get row(): ErrorRow {
    return errorTable[this.code];
  }
}

export function naming<T>(details: ErrorDetails, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    const error = toTransferError(thrown);
    throw alsoSaying(error, { ...details, ...error.details });
  }
}

export function alsoSaying({ code, details, cause }: TransferError, more: ErrorDetails): TransferError {
  return transferErrorOf(code, { ...details, ...more }, cause);
}

/** An error whose code is known only at run time, or whose details are completed later. */
export function transferErrorOf(code: ErrorCode, details: ErrorDetails = {}, cause?: unknown): TransferError {
  // No type relates details to a code that is not known.
  return new TransferError(...([code, details, cause] as unknown as TransferErrorArguments));
}

/** Any thrown value as a {@link TransferError}: itself, or UNEXPECTED with its reason. */
export function toTransferError(thrown: unknown): TransferError {
  if (thrown instanceof TransferError) return thrown;
  return new TransferError('UNEXPECTED', { reason: messageOf(thrown) }, thrown);
}

export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);
