/** The page of a case, by its sections: what `kw explain` says where no cluster is at hand. */

export const pageSections = ['Symptom', 'Proof', 'Therapy', 'Bad cures', 'Versions', 'Sources'] as const;

export interface Page {
  readonly title: string;
  readonly sections: Readonly<Record<string, string>>;
}

export const readPage = (markdown: string): Page => {
  const [head = '', ...rest] = `\n${markdown}`.split(/\n## /);
  return {
    title: /^# (.*)$/m.exec(head)?.[1] ?? '',
    sections: Object.fromEntries(
      rest.map(part => [part.split('\n')[0]?.trim() ?? '', part.split('\n').slice(1).join('\n').trim()]),
    ),
  };
};

/** The check that decides: the first sentence of the proof. */
export const decides = (page: Page): string => firstSentence(page.sections.Proof);
export const cures = (page: Page): string => firstSentence(page.sections.Therapy);

const firstSentence = (section = ''): string => {
  const text = section.replace(/\s+/g, ' ').replace(/^- /, '').split(' - ')[0] ?? '';
  return /^.{20,}?[.;](?= |$)/.exec(text)?.[0] ?? text;
};
