// The pages of the repository as the package carries them: a link leads to another page of the package, or is plain text.
import { existsSync, statSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

const moved = new Set(['CHANGELOG.md', 'SECURITY.md']);

/** Where the package has a page of the repository; null where it has none. */
export function shippedAs(path) {
  if (path === 'README.md') return path;
  if (moved.has(path)) return `dist/docs/${path}`;
  return /^docs\/((api|charts)\/)?[\w-]+\.(md|json)$/.test(path) && existsSync(path) ? `dist/${path}` : null;
}

/** The text of a page, outside of its code, with each of its relative links and images replaced. */
function withLinks(text, replace) {
  return text
    .split(/(^ *```[\s\S]*?^ *```$)/m)
    .map((part, at) =>
      at % 2 === 1
        ? part
        : part.replace(/<img\b[^>]*>/g, '').replace(/(!?)\[([^\]]*)\]\((?!\w+:|#)([^)\s]+)\)/g, replace),
    )
    .join('');
}

/** A page for `dist/docs`: links between pages of the package stay. */
export function shippedPage(path, text) {
  return withLinks(text, (_, image, label, target) => {
    const [file = '', heading] = target.split('#');
    const found = shippedAs(posix.normalize(posix.join(posix.dirname(path), file)));
    if (found === null || image !== '') return image === '' ? label : '';
    const place = posix.relative(dirname(shippedAs(path)), found);
    return `[${label}](${heading === undefined ? place : `${place}#${heading}`})`;
  });
}

/** The README as npm shows it: npm's page resolves no relative link, so each names the page in the package. */
export function shippedReadme(text) {
  return withLinks(text, (_, image, label, target) => {
    const [file = ''] = target.split('#');
    const found = shippedAs(file);
    if (image !== '') return '';
    return found === null || isFolder(file) ? label : `${label} (\`${found}\`)`;
  });
}

const isFolder = (path) => existsSync(path) && statSync(join(path)).isDirectory();
