/** Why no cluster file can be drawn, in words for who asked. */
export interface Refusal {
  /** Stable, kebab case. */
  readonly code: string;
  readonly says: string;
  readonly help: string;
}

export const lookOnly =
  'kw doctor, kw certs and kw heal look after such a cluster without a file: --hosts with the same hosts';
