/** What a drain may do, as kubectl's flags say it. */
export interface DrainPolicy {
  /** Pods that keep data in an emptyDir go too: `--delete-emptydir-data`. */
  readonly emptyDir: boolean;
  /** Pods that nobody makes again go too: `--delete-bare-pods`. */
  readonly bare: boolean;
  /** How long one node is waited for. */
  readonly seconds: number;
}

export const defaultDrain: DrainPolicy = { emptyDir: false, bare: false, seconds: 300 };

/**
 * On a Node, what of its cordon is ours: `cordoned`, `cordoned,drained`; `drained` alone where somebody else had
 * cordoned it before.
 */
export const drainAnnotation = 'kubewizard.io/drain';

export interface DrainMark {
  readonly cordoned: boolean;
  readonly drained: boolean;
}

export const markText = ({ cordoned, drained }: DrainMark): string =>
  [...(cordoned ? ['cordoned'] : []), ...(drained ? ['drained'] : [])].join(',');

export const markIn = (text: string | undefined): DrainMark => {
  const words = (text ?? '').split(',');
  return { cordoned: words.includes('cordoned'), drained: words.includes('drained') };
};

/**
 * Why a pod will not go, or does not. The first four are sure: no waiting helps.
 */
export const sureBlocks = ['no-controller', 'empty-dir', 'two-budgets', 'budget-never'] as const;
export type BlockKind = (typeof sureBlocks)[number] | 'budget-now' | 'terminating';

export interface DrainBlock {
  /** `shop/web-6f7c`. */
  readonly pod: string;
  readonly kind: BlockKind;
  readonly says: string;
}

export const isSure = ({ kind }: DrainBlock): boolean => (sureBlocks as readonly string[]).includes(kind);

/** What the drain of one node will meet, as far as it could be seen. */
export interface DrainForecast {
  readonly host: string;
  /** Pods that are to go; absent: they were not seen. */
  readonly evicts?: number;
  readonly blocks: readonly DrainBlock[];
}

/** The step that gives a node back to the scheduler after its turn. */
export const givesBack = ({ kind }: { readonly kind: string }): boolean => kind === 'uncordoned';
