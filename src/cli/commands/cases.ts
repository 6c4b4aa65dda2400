import { type Case, meaningOf } from '../../clinic/case.js';
import { cases } from '../../clinic/cases/index.js';
import { properName } from '../../clinic/cases/names.js';
import { casePage } from '../case-page.js';
import { mistaken } from '../../workflow/mistaken.js';
import { table } from '../view/table.js';

/** `kw cases [ID]`: the catalogue, or the page of a case. */
export async function run({ id: word, json }: { readonly id?: string; readonly json?: boolean }): Promise<number> {
  const id = word === undefined ? undefined : properName(word).split('/')[0];
  if (id === undefined) {
    process.stdout.write(json ? `${JSON.stringify(catalogue, null, 2)}\n` : catalogueText(process.stdout.columns));
    return 0;
  }
  const found = cases.find(one => one.id === id);
  if (!found) throw unknownCase(word, id);
  process.stdout.write(json ? `${JSON.stringify(asJson(found), null, 2)}\n` : await casePage(id));
  return 0;
}

const catalogue = cases.map(one => ({
  id: one.id,
  title: one.title,
  founding: one.founding,
  versions: one.versions ?? 'all',
  variants: Object.keys(one.variants),
  lab: one.lab,
}));

const catalogueText = (columns: number | undefined): string =>
  table(
    ['case', 'illness', 'variants', 'Kubernetes', 'in the lab'],
    catalogue.map(row => [
      row.id,
      row.title,
      String(row.variants.length),
      row.versions,
      row.lab ? 'yes' : 'no: fixtures',
    ]),
    columns,
  );

const unknownCase = (word: string | undefined, id: string) => {
  const near = cases
    .filter(one => one.id.includes(id) || id.split('-').some(word => word.length > 3 && one.id.includes(word)))
    .slice(0, 5)
    .map(one => one.id);
  return mistaken(
    'unknown-case',
    `there is no case ${word}`,
    near.length > 0 ? `did you mean ${near.join(', ')}?` : 'kw cases lists them',
  );
};

const asJson = (one: Case): object => ({
  id: one.id,
  title: one.title,
  variants: Object.fromEntries(Object.keys(one.variants).map(variant => [variant, meaningOf(one, variant)])),
  versions: one.versions ?? 'all',
  sources: one.sources,
  badCures: one.badCures ?? [],
});
