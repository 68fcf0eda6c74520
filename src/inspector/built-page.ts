import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export function builtPage(): string | null {
  const places = ['./inspect-page/', '../inspect-page/', '../../dist/inspect-page/'];
  const folders = places.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  return folders.find((folder) => existsSync(`${folder}index.html`)) ?? null;
}
