/**
 * Whether a text matches a pattern in which `*` stands for any number of any characters, none included, and everything
 * else for itself. Takes at most the product of the two lengths.
 */
export function matches(pattern: string, text: string): boolean {
  let [at, place] = [0, 0];
  /** After the last star, and where in the text it was tried last. */
  let [star, tried] = [-1, 0];
  while (place < text.length) {
    if (pattern[at] === '*') {
      at += 1;
      [star, tried] = [at, place];
    } else if (pattern[at] === text[place]) {
      at += 1;
      place += 1;
    } else if (star >= 0) {
      // The star stands for one character more.
      tried += 1;
      [at, place] = [star, tried];
    } else return false;
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}
