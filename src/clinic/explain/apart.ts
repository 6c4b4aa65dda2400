/**
 * Where a paste broke a line inside a word its halves belong together; where the next line begins a sentence of its
 * own they do not, and glued they would make a word that nobody wrote (`values.yaml` and `Error: …`).
 */
const begins = new RegExp(
  '\\n(?=' +
    [
      '[A-Z][A-Za-z]{0,40}: ', // a label
      '[EWIF]\\d{4} |\\d{4}[-/]\\d\\d|[A-Z][a-z]{2} +\\d{1,2} \\d\\d:|(?:level|time|ts)=|\\{', // a record of a log
      '\\[|[-+$#>*]\\s', // a prompt, an item
    ].join('|') +
    ')',
  'g',
);

/** A blank stands before such a line: both readings then keep it apart. */
export const apart = (text: string): string => text.replace(/\r\n?/g, '\n').replace(begins, ' \n');
