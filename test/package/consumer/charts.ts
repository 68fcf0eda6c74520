// The types of every chart, by the names that the package has for them.
import type {
  ConnectionContext,
  ConnectionEmitted,
  ConnectionEvent,
  ConnectionInput,
  ConnectionOutput,
  connectionMachine,
  DispatcherContext,
  DispatcherEmitted,
  DispatcherEvent,
  DispatcherInput,
  DispatcherOutput,
  dispatcherMachine,
  GoodbyeContext,
  GoodbyeEvent,
  GoodbyeInput,
  GoodbyeOutput,
  goodbyeMachine,
  LifecycleContext,
  LifecycleEmitted,
  LifecycleEvent,
  LifecycleInput,
  lifecycleMachine,
  MergeContext,
  MergeEmitted,
  MergeEvent,
  MergeInput,
  MergeOutput,
  mergeMachine,
  RemoteContext,
  RemoteEmitted,
  RemoteEvent,
  RemoteInput,
  RemoteOutput,
  remoteMachine,
  SessionContext,
  SessionEmitted,
  SessionEvent,
  SessionInput,
  SessionOutput,
  StageContext,
  StageEvent,
  StageInput,
  StageOutput,
  sessionMachine,
  stageMachine,
  TransferContext,
  TransferEmitted,
  TransferEvent,
  TransferInput,
  TransferOutput,
  transferMachine,
} from 'strapi-ferry/machines';
import type { AnyStateMachine, ContextFrom, EmittedFrom, EventFrom, InputFrom, OutputFrom } from 'xstate';

type Same<A, B> = [A, B] extends [B, A] ? true : false;
type Within<A, B> = [A] extends [B] ? true : false;

/** Context, input and output of a chart are these types; what it is sent and emits are among its events. */
type Typed<Machine extends AnyStateMachine, Context, Input, Event, Emitted, Output> = [
  Same<ContextFrom<Machine>, Context>,
  Same<InputFrom<Machine>, Input>,
  Within<Event, EventFrom<Machine>>,
  Same<EmittedFrom<Machine>, Emitted>,
  Same<OutputFrom<Machine>, Output>,
];
/** What a chart has that emits nothing. */
type NoEmitted = EmittedFrom<typeof stageMachine>;
type All = [true, true, true, true, true];

export const connection: Typed<
  typeof connectionMachine,
  ConnectionContext,
  ConnectionInput,
  ConnectionEvent,
  ConnectionEmitted,
  ConnectionOutput
> extends All
  ? true
  : false = true;
export const dispatcher: Typed<
  typeof dispatcherMachine,
  DispatcherContext,
  DispatcherInput,
  DispatcherEvent,
  DispatcherEmitted,
  DispatcherOutput
> extends All
  ? true
  : false = true;
export const goodbye: Typed<
  typeof goodbyeMachine,
  GoodbyeContext,
  GoodbyeInput,
  GoodbyeEvent,
  NoEmitted,
  GoodbyeOutput
> extends All
  ? true
  : false = true;
export const lifecycle: Typed<
  typeof lifecycleMachine,
  LifecycleContext,
  LifecycleInput,
  LifecycleEvent,
  LifecycleEmitted,
  OutputFrom<typeof lifecycleMachine>
> extends All
  ? true
  : false = true;
export const merge: Typed<
  typeof mergeMachine,
  MergeContext,
  MergeInput,
  MergeEvent,
  MergeEmitted,
  MergeOutput
> extends All
  ? true
  : false = true;
export const remote: Typed<
  typeof remoteMachine,
  RemoteContext,
  RemoteInput,
  RemoteEvent,
  RemoteEmitted,
  RemoteOutput
> extends All
  ? true
  : false = true;
export const session: Typed<
  typeof sessionMachine,
  SessionContext,
  SessionInput,
  SessionEvent,
  SessionEmitted,
  SessionOutput
> extends All
  ? true
  : false = true;
export const stage: Typed<
  typeof stageMachine,
  StageContext,
  StageInput,
  StageEvent,
  NoEmitted,
  StageOutput
> extends All
  ? true
  : false = true;
export const transfer: Typed<
  typeof transferMachine,
  TransferContext,
  TransferInput,
  TransferEvent,
  TransferEmitted,
  TransferOutput
> extends All
  ? true
  : false = true;
