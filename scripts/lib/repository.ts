/** Who owns the repository on GitHub. `npm run readme` writes it wherever it is named. */
export const owner = 'OWNER';

const name = 'ringcentral-call-control-mcp';
const url = `https://github.com/${owner}/${name}`;

/** What package.json says of the repository. */
export const repositoryFields = {
  homepage: `${url}#readme`,
  repository: { type: 'git', url: `git+${url}.git` },
  bugs: { url: `${url}/issues` },
};

/** The text with every address of the repository under its owner. */
export const withOwner = (text: string): string =>
  text.replaceAll(new RegExp(`https://github\\.com/[\\w-]+/${name}`, 'g'), url);
