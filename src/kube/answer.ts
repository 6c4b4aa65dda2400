/** What the API said, whatever it said. */
export interface Answer {
  readonly status: number;
  /** Parsed JSON, or the text where the answer is none. */
  readonly body: unknown;
}
