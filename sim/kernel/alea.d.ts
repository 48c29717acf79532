declare module 'seedrandom/lib/alea.js' {
  /** Baagøe's Alea generator: `int32` gives 32 random bits as a signed integer. */
  export default function alea(seed: string): { int32(): number };
}
