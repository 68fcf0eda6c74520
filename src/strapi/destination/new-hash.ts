/** Letters and digits: no other push, of this Strapi or another, makes the same. */
const length = 20;
const own = new RegExp(`_[0-9a-z]{${length}}$`);
/** Of Strapi's column. */
const longest = 255;

/**
 * A hash that no file has yet: `dawn_0123456789` gets an end. An end that a push gave it before is replaced.
 * @param random Letters, digits, and signs that are left out.
 */
export function newHash(hash: string, random: () => string): string {
  const root = hash.replace(own, '').slice(0, longest - length - 1);
  return `${root}_${endOf(random)}`;
}

function endOf(random: () => string): string {
  let end = '';
  while (end.length < length)
    end += random()
      .toLowerCase()
      .replace(/[^0-9a-z]/g, '');
  return end.slice(0, length);
}
