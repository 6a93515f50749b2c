/** What a person is told of a mistake in an app's request, by what oidc-provider says of it. The first that fits. */
const explanations: readonly { of: RegExp; says: string }[] = [
  {
    of: /metadata document|client_id.*fetch/i,
    says:
      'This server could not look up the app at the address where it is published. It needs the way to that address: ' +
      'tell whoever runs this server. Apps that register themselves connect without.',
  },
  {
    of: /client is invalid|invalid_client/i,
    says:
      'This server does not know the app: it was restarted since, or the app has it from somewhere else. Remove the ' +
      'sign-in that the app has stored for this server, and connect it anew.',
  },
  {
    of: /redirect_uri/i,
    says: 'The app asks to be answered at an address that it has not registered. That is a mistake of the app.',
  },
];

/** @param said oidc-provider's words */
export const explainRequestError = (said: string): string =>
  explanations.find(({ of }) => of.test(said))?.says ?? said;
