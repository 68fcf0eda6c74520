/** Why a user would open the inspector. */
export function Inspect() {
  return (
    <aside className="card">
      <h2>What happens inside?</h2>
      <p>
        The transfer is a state machine, and so are its connection and the server’s session. The inspector
        draws them while they run: which state each is in, each message with its answer, and why something
        failed.
      </p>
      <a href="/inspector" target="_blank" rel="noreferrer">
        Open the inspector beside it
      </a>
    </aside>
  );
}
