/** Who owns the repository on GitHub. `npm run readme` writes it wherever it is named. */
export const owner = 'OWNER';

export const repositoryName = 'ringcentral-call-control-mcp';
export const repositoryUrl = `https://github.com/${owner}/${repositoryName}`;

/** What package.json says of the repository. */
export const repositoryFields = {
  homepage: `${repositoryUrl}#readme`,
  repository: { type: 'git', url: `git+${repositoryUrl}.git` },
  bugs: { url: `${repositoryUrl}/issues` },
};

/** The text with every address of the repository under its owner. */
export const withOwner = (text: string): string =>
  text.replaceAll(new RegExp(`https://github\\.com/[\\w-]+/${repositoryName}`, 'g'), repositoryUrl);
