/** The page of a case, which stands in its folder. */
import { programFile, programFiles } from '../artifacts/program-files.js';

export const casePage = async (id: string): Promise<string> => {
  const path = (await programFiles('src/clinic/cases')).find(one => one.endsWith(`/${id}/page.md`));
  const text = path === undefined ? undefined : await programFile(path);
  if (text === undefined) throw new Error(`no page for the case ${id}`);
  return text;
};
