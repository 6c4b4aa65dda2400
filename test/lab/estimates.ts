/** What `kw` said that a run would take, held against what it took. */

export interface Estimated {
  /** Seconds. */
  readonly said: number;
  /** Seconds. */
  readonly took: number;
  /** How far they lie apart, whichever is more: 1 and above. */
  readonly factor: number;
}

/** Of what `kw up` prints; undefined: it said nothing, or its run did not end well. */
export const estimated = (printed: string): Estimated | undefined => {
  const [, minutes = 0, seconds = 0] = /would change .*, about (?:(\d+) min ?)?(?:(\d+) s)?/.exec(printed) ?? [];
  const said = Number(minutes) * 60 + Number(seconds);
  const [, clock = ''] = /^done: .* in ([\d:.]+)/m.exec(printed) ?? [];
  const took = clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return said === 0 || took === 0 ? undefined : { said, took, factor: Math.max(said / took, took / said) };
};
