/** Values that the API server writes differently from how they were sent. */

/**
 * Equal, or two spellings of one quantity (`1Gi`, `1024Mi`), number-or-name (`80`, `"80"`), or an empty value left out.
 */
export function same(want: unknown, have: unknown): boolean {
  if (want === have || JSON.stringify(want) === JSON.stringify(have)) return true;
  if (have === undefined || have === null) return isEmpty(want);
  if (!isScalar(want) || !isScalar(have)) return false;
  if (String(want) === String(have)) return true;
  const [one, other] = [quantity(want), quantity(have)];
  return one !== undefined && one === other;
}

// `omitempty`: the server drops these.
const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  value === false ||
  value === 0 ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === 'object' && !Array.isArray(value) && Object.values(value).every(isEmpty));

const isScalar = (value: unknown): value is string | number => typeof value === 'string' || typeof value === 'number';

// k8s.io/apimachinery/pkg/api/resource: suffixes of quantities.
const factors: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

function quantity(value: string | number): number | undefined {
  const found = /^([+-]?\d+(?:\.\d+)?)(n|u|m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$/.exec(String(value));
  return found ? Number((Number(found[1]) * (factors[found[2] ?? ''] ?? Number.NaN)).toPrecision(12)) : undefined;
}
