export type { RefusalCode } from '../../machines/admission.machine.js';
export type { Fate } from '../../machines/lifecycle.machine.js';
export {
  type AskingClient,
  type Authenticate,
  type Identity,
  type Refusal,
  tokenAuthentication,
  type Withdrawal,
} from './authentication.js';
export type { TrustedProxies } from './client-address.js';
export type { CredentialsOptions } from './credentials.js';
export type { Refused } from './refusal.js';
export { createReplies, type Received, type Replies } from './replies.js';
export type { Moved, MovedByStep } from './request-handler.js';
export { type ServedFolderOptions, servedFolder } from './served-folder.js';
export type { ServedStores } from './served-stores.js';
export type { Exceeded, Session } from './session.js';
export type { Asker, SessionInfo } from './session-info.js';
export type { NewTicket } from './tickets.js';
export { createTokenFile, type TokenFile, type TokenFileOptions } from './token-file.js';
export {
  createMemoryTokenStore,
  createTokens,
  type NewToken,
  type StoredToken,
  type TokenCheck,
  type TokenRecheck,
  type TokenRecord,
  type TokenSalt,
  type TokenScope,
  type TokenStore,
  type Tokens,
  type TokensOptions,
  tokenScopes,
} from './tokens.js';
export {
  attachTransferServer,
  defaultServerLimits,
  type ServerLimits,
  type SessionSummary,
  type TransferServer,
  type TransferServerAccess,
  type TransferServerOptions,
} from './transfer-server.js';
