/** Letters and digits: no other push, of this Strapi or another, makes the same. */
const length = 20;
const own = new RegExp(`_[0-9a-z]{${length}}$`);
/** Bytes: with its extension a hash is the name of a file wherever the site is pulled to, and 255 is what disks take. */
const longest = 200;

/**
 * A hash that no file has yet: `dawn_0123456789` gets an end. An end that a push gave it before is replaced.
 * @param random Letters, digits, and signs that are left out.
 */
export function newHash(hash: string, random: () => string): string {
  const root = [...hash.replace(own, '')];
  while (Buffer.byteLength(root.join('')) > longest - length - 1) root.pop();
  return `${root.join('')}_${endOf(random)}`;
}

function endOf(random: () => string): string {
  let end = '';
  while (end.length < length)
    end += random()
      .toLowerCase()
      .replace(/[^0-9a-z]/g, '');
  return end.slice(0, length);
}
