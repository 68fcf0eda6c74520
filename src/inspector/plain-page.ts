/** A list of actors and their states, for a package that was built without its page. */
export const plainPage: Readonly<Record<string, { readonly type: string; readonly body: string }>> = {
  '/index.html': {
    type: 'text/html; charset=utf-8',
    body: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Ferry: actors</title>
<style>body { font: 16px system-ui; margin: 2rem; color-scheme: light dark } td { padding-right: 2rem }</style>
<h1>Actors</h1>
<p>A plain list: this package was built without its page.</p>
<table id="actors"></table>
<script src="/plain.js"></script>
`,
  },
  '/plain.js': {
    type: 'text/javascript; charset=utf-8',
    body: `const actors = new Map();
const table = document.getElementById('actors');
const show = () => {
  table.replaceChildren(...[...actors.values()].map(({ path, side, state }) => {
    const row = document.createElement('tr');
    for (const text of [side, path, state]) row.insertCell().textContent = text;
    return row;
  }));
};
const take = (reporter, record) => {
  const key = reporter + record.actor;
  if (record.type === 'actor' && record.kind === 'machine') {
    actors.set(key, { path: record.path, side: record.side ?? '', state: '' });
  } else if (record.type === 'step' && actors.has(key)) {
    actors.get(key).state = JSON.stringify(record.value) + (record.status === 'active' ? '' : ' ' + record.status);
  }
};
const socket = new WebSocket('ws://' + location.host + '/records');
socket.onmessage = ({ data }) => {
  const message = JSON.parse(data);
  if (message.type === 'state') {
    for (const { actor, step } of message.state.actors) {
      take(message.reporter, actor);
      if (step) take(message.reporter, step);
    }
  } else if (message.type === 'records') for (const record of message.records) take(message.reporter, record);
  show();
};
`,
  },
};
