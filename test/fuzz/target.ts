/** A door of the program through which other people's bytes come in. */
export interface Target {
  readonly name: string;
  /** Real examples, of which inputs are made. */
  readonly examples: () => readonly string[];
  /** `json`: examples are trees as well; `yaml`: they are too, once they are read as YAML. */
  readonly form: 'text' | 'json' | 'yaml';
  /** What the program does with it. Throws only what the program throws; `Complaint` where its answer is none. */
  readonly run: (input: string) => void | Promise<void>;
}

/** An answer that no person can work with: no place, no fact, no next act, or a bug that was only covered up. */
export class Complaint extends Error {}
