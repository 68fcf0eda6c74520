/** What people wrote (the name of a token), and what a database says, for a log that has one entry a line. */
export const oneLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
