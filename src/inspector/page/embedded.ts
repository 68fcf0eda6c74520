import { embeddedIds } from '../standalone.js';

function embedded(id: string): unknown {
  const text = document.getElementById(id)?.textContent;
  return text == null ? null : JSON.parse(text);
}

/** The recording in a page that is one file; null in a page of an inspector. */
export function embeddedRecording(): File | null {
  const found = embedded(embeddedIds.recording) as { readonly name: string; readonly text: string } | null;
  return found === null ? null : new File([found.text], found.name);
}

/** The address of the layout's worker in a page that is one file; null in a page of an inspector. */
export function embeddedWorker(): string | null {
  const text = embedded(embeddedIds.worker);
  return text === null ? null : URL.createObjectURL(new Blob([String(text)], { type: 'text/javascript' }));
}
