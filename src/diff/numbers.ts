/** Numbers for recurring texts: a number costs no memory of its own. */
export interface Numbers {
  of(text: string): number;
  text(number: number): string;
}

export function createNumbers(): Numbers {
  const numbers = new Map<string, number>();
  const texts: string[] = [];
  return {
    of(text) {
      const known = numbers.get(text);
      if (known !== undefined) return known;
      numbers.set(text, texts.length);
      return texts.push(text) - 1;
    },
    text: (number) => texts[number] ?? '',
  };
}
