import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { embeddedIds, standalonePage } from '../../../src/inspector/standalone.js';

const planted = '</script><script>alert(1)</script><!-- <SCRIPT> </style> \u2028 "\\';
const parts = {
  script: 'start(1);',
  style: 'p { color: red }',
  worker: 'work();',
  recording: '{}\n',
  name: 'run.jsonl',
};

/** The text of an element, as a browser cuts it: up to the first end of that element. */
function contentOf(html: string, open: RegExp, end: string): string {
  const from = open.exec(html);
  if (from === null) throw new Error(`no ${open}`);
  const begin = from.index + from[0].length;
  return html.slice(begin, html.toLowerCase().indexOf(end, begin));
}

const embedded = (html: string, id: string) =>
  JSON.parse(contentOf(html, new RegExp(`<script[^>]* id="${id}">`), '</script')) as unknown;

describe('a page that is one file', () => {
  test.each(Object.keys(parts))(
    'has one script, and all that is in it, where %s holds the end of an element',
    async (part) => {
      const given = part === 'script' ? `say("${'</script><!--'}");` : planted;
      const html = await standalonePage({ ...parts, [part]: given });
      expect(html.match(/<script/g)).toHaveLength(3);
      expect(html.match(/<\/script>/g)).toHaveLength(3);
      expect(html).not.toContain('alert(1)</script>');
      const told = embedded(html, embeddedIds.recording) as { name: string; text: string };
      const expected = { ...parts, [part]: given };
      expect(told).toEqual({ name: expected.name, text: expected.recording });
      expect(embedded(html, embeddedIds.worker)).toBe(expected.worker);
    },
  );

  test('allows its own script alone, and no connection', async () => {
    const html = await standalonePage({ ...parts, script: 'say("</script>");' });
    const script = contentOf(html, /<script type="module">/, '</script>');
    const hash = createHash('sha256').update(script).digest('base64');
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1];
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`script-src 'sha256-${hash}'`);
    expect(policy).not.toContain('connect-src');
  });

  test('names nothing outside of itself', async () => {
    expect(await standalonePage(parts)).not.toMatch(/(?:src|href)="(?!data:)/);
  });
});
