import { encodeRequest } from '../protocol/codec.js';
import { type MessageContent, messageOf, requestName } from '../protocol/request-words.js';
import type { LifecycleRequest } from '../protocol/requests.js';
import type { LineRequest } from '../transport/line.js';

/** A request of the lifecycle chart as a line takes it: its uuid, its name for people, and its message as a frame. */
export const lineRequest = (request: LifecycleRequest, content?: MessageContent): LineRequest => ({
  uuid: request.uuid,
  kind: requestName(request),
  frame: encodeRequest(messageOf(request, content)),
});
