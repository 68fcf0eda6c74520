/** Ten characters, as of the hashes that Strapi makes. */
const length = 10;
const own = new RegExp(`_[0-9a-z]{${length}}$`);

/**
 * Names files anew: `dawn_0123456789` becomes `dawn_` with another end, and its format `thumbnail_dawn_0123456789` gets the same.
 * @param taken The hashes of files that cannot keep theirs, those of which a format cannot among them.
 * @param random Letters, digits, and signs that are left out.
 */
export function newHashes(
  taken: ReadonlySet<string>,
  random: () => string,
): (mainHash: string, hash: string) => string {
  const renamed = new Map([...taken].map((hash) => [hash, `${hash.replace(own, '')}_${endOf(random)}`]));
  return (mainHash, hash) => {
    const name = renamed.get(mainHash);
    if (name === undefined) return hash;
    if (hash.endsWith(mainHash)) return `${hash.slice(0, -mainHash.length)}${name}`;
    const end = own.exec(mainHash)?.[0];
    const root = end !== undefined && hash.endsWith(end) ? hash.slice(0, -end.length) : hash;
    return `${root}_${name.slice(-length)}`;
  };
}

function endOf(random: () => string): string {
  let end = '';
  while (end.length < length)
    end += random()
      .toLowerCase()
      .replace(/[^0-9a-z]/g, '');
  return end.slice(0, length);
}
