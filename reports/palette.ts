/** What reports colour, by meaning: whoever prints them brings the colours. Never colour alone: each has its sign. */

type Paint = (text: string) => string;

export interface Palette {
  /** As it should be. */
  readonly good: Paint;
  /** A failure. */
  readonly bad: Paint;
  /** Nothing proved either way. */
  readonly doubt: Paint;
  /** What the eye should land on first. */
  readonly strong: Paint;
  /** What may be skipped. */
  readonly faint: Paint;
  /** A command to type. */
  readonly command: Paint;
}

const same: Paint = (text) => text;

/** For files, pipes and tests. */
export const plainPalette: Palette = {
  good: same,
  bad: same,
  doubt: same,
  strong: same,
  faint: same,
  command: same,
};
