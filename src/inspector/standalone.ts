import { hashOf } from './text-hash.js';

/** The built page, and the recording that a copy of it shows. */
export interface StandaloneParts {
  /** Text of page.js, of style.css and of the layout's worker. */
  readonly script: string;
  readonly style: string;
  readonly worker: string;
  readonly recording: string;
  readonly name: string;
}

/** Ids of the elements in which the page finds what would come from a server otherwise. */
export const embeddedIds = { recording: 'ferry-recording', worker: 'ferry-layout' } as const;

/**
 * One HTML file with the page and a recording in it. It opens from a disk and loads nothing: its policy allows its own
 * script only, and no connection. What is embedded holds no `<`, so that no text in it can end its element.
 */
export async function standalonePage(parts: StandaloneParts): Promise<string> {
  const script = parts.script.replace(/<(?=\/script|!--)/gi, '\\x3C');
  const policy = [
    "default-src 'none'",
    `script-src 'sha256-${await hashOf(script)}'`,
    "style-src 'unsafe-inline'",
    'img-src data:',
    'font-src data:',
    'worker-src blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const embedded = { name: parts.name, text: parts.recording };
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Ferry: a recording</title>
<link rel="icon" href="data:,">
<style>${parts.style.replaceAll('<', '\\3c ')}</style>
</head>
<body>
<div id="page"></div>
<script type="application/json" id="${embeddedIds.recording}">${inert(embedded)}</script>
<script type="application/json" id="${embeddedIds.worker}">${inert(parts.worker)}</script>
<script type="module">${script}</script>
</body>
</html>
`;
}

const inert = (value: unknown) => JSON.stringify(value).replaceAll('<', '\\u003c');
