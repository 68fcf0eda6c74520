import { useState } from 'react';
import { standalonePage } from '../../standalone.js';
import type { History } from '../model/history.js';
import { fileName, recordingText, recordsOf, testText, whyNoTest } from '../model/saved.js';
import type { Shot } from './hooks.js';
import { workerUrl } from './layout-worker.js';

/** What can be kept of a run: the recording, a test that replays it, one page to mail. */
export function Save({ shot, name }: { readonly shot: Shot; readonly name: string }) {
  const [notice, setNotice] = useState('');
  const { histories } = shot.timeline;

  const save = async (history: History, what: 'recording' | 'test' | 'page') => {
    const base = nameOf(history, name, histories.length);
    const text = recordingText(history, recordsOf(history, shot.entries));
    try {
      if (what === 'page') download(`${base}.html`, await pageOf(`${base}.jsonl`, text));
      else download(`${base}.jsonl`, text);
      if (what === 'test') download(`${base}.test.ts`, testText(`${base}.jsonl`));
      setNotice(what === 'test' ? `Put ${base}.jsonl and ${base}.test.ts into one folder` : '');
    } catch (error) {
      setNotice(`Not saved: ${error instanceof Error ? error.message : String(error)}`);
    }
  };

  return (
    <div className="save">
      {histories.map((history) => {
        const why = whyNoTest(history);
        return (
          <fieldset key={history.name}>
            <legend>{history.header.roles.join(' and ') || history.name}</legend>
            <button type="button" onClick={() => void save(history, 'recording')}>
              Save the recording
            </button>
            <button type="button" disabled={why !== null} onClick={() => void save(history, 'test')}>
              Save as a test
            </button>
            {!isOneFile() && (
              <button type="button" onClick={() => void save(history, 'page')}>
                Save as one page to mail
              </button>
            )}
            {why !== null && <span className="quiet">{why}</span>}
          </fieldset>
        );
      })}
      <p role="status">{notice}</p>
    </div>
  );
}

/** A process of several has its own file. */
function nameOf(history: History, name: string, count: number): string {
  const base = fileName(name === '' ? 'transfer' : name);
  return count === 1 ? base : `${base}-${history.name}`;
}

const scriptOf = () => document.querySelector<HTMLScriptElement>('script[type=module][src]');

/** Such a page cannot read its own files: the whole of it is one already. */
const isOneFile = () => scriptOf() === null;

async function pageOf(name: string, recording: string): Promise<string> {
  const style = document.querySelector<HTMLLinkElement>('link[rel=stylesheet]')?.href ?? '';
  const [script = '', css = '', worker = ''] = await Promise.all(
    [scriptOf()?.src ?? '', style, workerUrl].map(textAt),
  );
  return standalonePage({ script, style: css, worker, recording, name });
}

async function textAt(address: string): Promise<string> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} answers ${response.status}`);
  return response.text();
}

function download(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text]));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
